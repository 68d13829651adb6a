using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>
/// Runs a model over rows, a batch at a time, in buffers that are made once: rows are written straight into the memory that
/// ONNX Runtime reads, and read from the memory it wrote. Not for use from several threads; make one for each.
/// </summary>
public sealed class BatchRunner : IDisposable
{
    private readonly ModelSession _session;
    private readonly Port[] _inputs;
    private readonly Port[] _outputs;
    private readonly string[] _outputNames;
    private readonly OrtValue[] _inputValues;
    private readonly OrtValue[] _outputValues;
    private readonly bool _fixed;
    private int _boundRows = -1;

    /// <summary>Makes the buffers.</summary>
    /// <param name="session">The loaded model; it may be shared.</param>
    /// <param name="model">The model's description: every extent but the first must be a number.</param>
    /// <param name="batchSize">The largest number of rows in one run.</param>
    public BatchRunner(ModelSession session, OnnxModel model, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        _session = session;
        var inputs = session.InputNames.Select(name => model.Inputs.Single(i => i.Name == name)).ToList();
        var perRow = inputs.Where(i => i.Shape is { Rank: > 0 } shape && !shape[0].IsKnown).ToList();
        _fixed = perRow.Count == 0;
        Capacity = _fixed ? (int)(inputs[0].Shape is { Rank: > 0 } shape ? shape[0].Value : 1) : batchSize;
        var missing = MissingInputs.Of(model);
        _inputs = [.. inputs.Select(i => new Port(i, Capacity) { TakesMissing = missing.Contains(i.Name) })];
        _outputs = [.. model.Outputs.Select(o => new Port(o, Capacity))];
        _outputNames = [.. model.Outputs.Select(o => o.Name)];
        (_inputValues, _outputValues) = (new OrtValue[_inputs.Length], new OrtValue[_outputs.Length]);
    }

    /// <summary>The largest number of rows in one run.</summary>
    public int Capacity { get; }

    /// <summary>The number of elements of one row of an input.</summary>
    public int InputSize(int input) => _inputs[input].RowSize;

    /// <summary>The number of elements of one row of an output.</summary>
    public int OutputSize(int output) => _outputs[output].RowSize;

    /// <summary>Where to write a row of an input.</summary>
    public Span<T> InputRow<T>(int input, int row) where T : unmanaged => _inputs[input].Row<T>(row);

    /// <summary>Where to read a row of an output after <see cref="Run"/>.</summary>
    public ReadOnlySpan<T> OutputRow<T>(int output, int row) where T : unmanaged => _outputs[output].Row<T>(row);

    /// <summary>All rows of an output.</summary>
    public ReadOnlySpan<T> OutputRows<T>(int output, int rows) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(_outputs[output].Bytes.AsSpan())[..(rows * OutputSize(output))];

    /// <summary>The bytes of all rows of an output.</summary>
    internal ReadOnlySpan<byte> OutputBytes(int output, int rows) =>
        _outputs[output].Bytes.AsSpan(0, rows * OutputSize(output) * _outputs[output].ElementSize);

    /// <summary>The rows of an output that hold NaN, and at which element first.</summary>
    public IReadOnlyList<(int Row, int Element)> OutputNotANumbers(int output, int rows) => _outputs[output].NotANumbers(rows);

    /// <summary>The rows of the input buffers that hold NaN, and at which element first; <see cref="Run"/> refuses such rows.</summary>
    /// <param name="rows">How many rows were written.</param>
    public IEnumerable<(int Input, int Row, int Element)> NotANumbers(int rows) =>
        _inputs.Index().Where(input => !input.Item.TakesMissing)
            .SelectMany(input => input.Item.NotANumbers(rows).Select(place => (input.Index, place.Row, place.Element)));

    /// <summary>Runs the model on the first rows of the input buffers.</summary>
    /// <param name="rows">How many rows were written.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="NotANumberException">An input row holds NaN.</exception>
    public void Run(int rows, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Capacity);
        foreach (var input in _inputs)
            input.RefuseNaN(rows);
        // A network of fixed batch computes all its rows, whatever those beyond ours hold: zeros, where nobody has written yet.
        Bind(_fixed ? Capacity : rows);
        _session.Run(_inputValues, _outputNames, _outputValues, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var value in _inputValues.Concat(_outputValues))
            value?.Dispose();
    }

    private void Bind(int rows)
    {
        if (rows == _boundRows)
            return;
        for (var i = 0; i < _inputs.Length; i++)
            Replace(ref _inputValues[i], _inputs[i], rows);
        for (var i = 0; i < _outputs.Length; i++)
            Replace(ref _outputValues[i], _outputs[i], rows);
        _boundRows = rows;
    }

    private static void Replace(ref OrtValue slot, Port port, int rows)
    {
        slot?.Dispose();
        slot = port.Value(rows);
    }

    /// <summary>One input or output: its memory and how a row lies in it.</summary>
    private sealed class Port
    {
        private readonly TensorInfo _info;
        private readonly long[] _extents;
        private readonly bool _perRow;

        public Port(TensorInfo info, int capacity)
        {
            _info = info;
            var shape = info.Shape ?? throw new InvalidModelException($"The model does not tell the shape of '{info.Name}'.");
            var inner = shape.Skip(shape.Rank == 0 ? 0 : 1).ToList();
            if (inner.Find(d => !d.IsKnown) is { IsKnown: false } open)
                throw new InvalidModelException(
                    $"The extent '{open}' of '{info.Name}' {shape} is open; only the first may be. {Dimension.HowToFix}");
            if (info.Type.Size() == 0)
                throw new InvalidModelException($"'{info.Name}' holds elements of type {info.Type}; numbers were expected.");
            _perRow = shape.Rank > 0 && (!shape[0].IsKnown || shape[0].Value == capacity);
            _extents = [.. shape.Select(d => d.IsKnown ? d.Value : 0)];
            RowSize = Sizes.Count(_perRow ? inner : shape);
            Bytes = GC.AllocateArray<byte>(checked((_perRow ? capacity : 1) * RowSize * info.Type.Size()), pinned: true);
        }

        public byte[] Bytes { get; }

        public int RowSize { get; }

        /// <summary>Whether NaN says that a value is missing, and the model knows what to do then.</summary>
        public bool TakesMissing { get; init; }

        public int ElementSize => _info.Type.Size();

        public Span<T> Row<T>(int row) where T : unmanaged => ElementTypes.Of<T>() == _info.Type
            ? MemoryMarshal.Cast<byte, T>(Bytes.AsSpan()).Slice(_perRow ? row * RowSize : 0, RowSize)
            : throw new InvalidOperationException($"'{_info.Name}' holds elements of type {_info.Type}, not {typeof(T).Name}.");

        public OrtValue Value(int rows)
        {
            var extents = (long[])_extents.Clone();
            if (_perRow)
                extents[0] = rows;
            var bytes = (_perRow ? rows : 1) * RowSize * _info.Type.Size();
            return OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, (OnnxRuntime.Tensors.TensorElementType)_info.Type, extents,
                Marshal.UnsafeAddrOfPinnedArrayElement(Bytes, 0), bytes);
        }

        public void RefuseNaN(int rows)
        {
            if (TakesMissing)
                return;
            if (_info.Type == ElementType.Float)
                RefuseNaN<float>(rows);
            else if (_info.Type == ElementType.Double)
                RefuseNaN<double>(rows);
            else if (_info.Type == ElementType.Float16)
                RefuseNaN<Half>(rows);
        }

        public List<(int Row, int Element)> NotANumbers(int rows) => _info.Type switch
        {
            ElementType.Float => NotANumbers<float>(rows),
            ElementType.Double => NotANumbers<double>(rows),
            ElementType.Float16 => NotANumbers<Half>(rows),
            _ => [],
        };

        private List<(int Row, int Element)> NotANumbers<T>(int rows) where T : unmanaged, IFloatingPointIeee754<T>
        {
            var places = new List<(int, int)>();
            if (NotANumberException.First<T>(MemoryMarshal.Cast<byte, T>(Bytes.AsSpan())[..((_perRow ? rows : 1) * RowSize)]) < 0)
                return places;
            for (var row = 0; row < (_perRow ? rows : 1); row++)
                if (NotANumberException.First<T>(Row<T>(row)) is >= 0 and var element)
                    places.Add((row, element));
            return places;
        }

        private void RefuseNaN<T>(int rows) where T : unmanaged, IFloatingPointIeee754<T> =>
            NotANumberException.ThrowIfAny<T>(MemoryMarshal.Cast<byte, T>(Bytes.AsSpan())[..((_perRow ? rows : 1) * RowSize)], RowSize,
                _info.Name);
    }
}
