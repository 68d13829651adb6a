// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Runs the model once for each row of which an output is fetched.</summary>
internal sealed class OnnxRowMapper : IRowMapper
{
    private readonly OnnxTransformer _parent;
    private readonly (DataViewSchema.Column Column, List<int> Shape)[] _inputs;

    public OnnxRowMapper(OnnxTransformer parent, DataViewSchema schema)
    {
        _parent = parent;
        _inputs = [.. parent.Inputs.Select(name => Bind(parent.Model.Input(name), schema))];
    }

    public DataViewSchema.DetachedColumn[] GetOutputColumns()
        => [.. _parent.Outputs.Select((name, i) =>
        {
            const string suffix = ".output";
            var column = name.EndsWith(suffix, StringComparison.Ordinal) ? name.Replace(suffix, "") : name;
            return new DataViewSchema.DetachedColumn(column, _parent.OutputTypes[i], AnnotationsOf(column));
        })];

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        => column => Enumerable.Range(0, _parent.Outputs.Length).Any(activeOutput) && _inputs.Any(input => input.Column.Index == column);

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
    {
        var active = _parent.Outputs.Where((_, i) => activeOutput(i)).ToArray();
        var scored = new ScoredRow(_parent.Model, input, [.. _inputs.Select(pair => OnnxInputs.Of(input, input.Schema[pair.Column.Index], pair.Shape))], active);
        disposer = scored.Dispose;
        return [.. _parent.Outputs.Select((name, i) => activeOutput(i) ? GetterOf(scored, name, _parent.OutputTypes[i]) : null)];
    }

    private static (DataViewSchema.Column Column, List<int> Shape) Bind(OnnxVariable node, DataViewSchema schema)
    {
        // Rows are scored one by one, so an open first dimension is 1; 0 stands for any other that is open.
        List<int> shape = node.Shape.Count == 0 ? [1] : [.. node.Shape.Select((size, i) => i == 0 && size < 0 ? 1 : Math.Max(0, size))];
        if (shape.Count(size => size == 0) > 1)
            throw new ArgumentOutOfRangeException(node.Name, "At most one dimension may be unknown.");
        var column = schema.GetColumnOrNull(node.Name) ?? throw Contracts.ExceptSchemaMismatch("inputSchema", "input", node.Name);
        var item = column.Type.ItemType();
        var expected = node.Type.ItemType();
        if (item != expected && !(item is KeyDataViewType && item.RawType == expected.RawType))
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", node.Name, $"{expected}", $"{column.Type}");
        if (!shape.Contains(0))
        {
            var size = shape.Aggregate((a, b) => a * b);
            Contracts.Check(column.Type.ValueCount() % size == 0, $"Input '{node.Name}' of the model has shape {string.Join(",", shape)}, but the column has {column.Type.ValueCount()} values.");
        }
        return (column, shape);
    }

    private DataViewSchema.Annotations AnnotationsOf(string column)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (_parent.Model.KeyTexts.TryGetValue($"mlnet.{column}.SlotNames", out var texts))
        {
            var names = new VBuffer<ReadOnlyMemory<char>>(texts.Length, [.. texts.Select(text => text.AsMemory())]);
            builder.AddSlotNames(texts.Length, (ref VBuffer<ReadOnlyMemory<char>> destination) => names.CopyTo(ref destination));
        }
        return builder.ToAnnotations();
    }

    private static Delegate GetterOf(ScoredRow row, string output, DataViewType type)
    {
        if (type is not VectorDataViewType vector)
            return GenericCall.Invoke<Delegate>(typeof(OnnxRowMapper), nameof(ScalarGetter), type.RawType, row, output);
        return vector.ItemType is TextDataViewType
            ? TextGetter(row, output)
            : GenericCall.Invoke<Delegate>(typeof(OnnxRowMapper), nameof(VectorGetter), vector.ItemType.RawType, row, output);
    }

    private static Delegate VectorGetter<T>(ScoredRow row, string output)
        => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            var tensor = row.Get(output).AsTensor<T>() as DenseTensor<T>
                ?? throw Contracts.Except($"Output '{output}' is no dense tensor of {typeof(T)}.");
            var editor = VBufferEditor.Create(ref destination, (int)tensor.Length);
            tensor.Buffer.Span.CopyTo(editor.Values);
            destination = editor.Commit();
        });

    private static Delegate TextGetter(ScoredRow row, string output)
        => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            var tensor = row.Get(output).AsTensor<string>() as DenseTensor<string>
                ?? throw Contracts.Except($"Output '{output}' is no dense tensor of texts.");
            var editor = VBufferEditor.Create(ref destination, (int)tensor.Length);
            for (var i = 0; i < editor.Values.Length; i++)
                editor.Values[i] = tensor.GetValue(i).AsMemory();
            destination = editor.Commit();
        });

    // ML.NET takes an output without dimensions for a sequence or a map and fails to read it; so must this.
    private static Delegate ScalarGetter<T>(ScoredRow row, string output)
        => (ValueGetter<T>)((ref T destination) =>
        {
            row.Get(output);
            throw Contracts.Except($"Output '{output}' has no dimensions, which ML.NET cannot read; give it one of size 1.");
        });

    /// <summary>The inputs and outputs of the row that the model was last run on.</summary>
    private sealed class ScoredRow(OnnxModel model, DataViewRow input, Func<NamedOnnxValue>[] inputs, string[] outputs) : IDisposable
    {
        private readonly Dictionary<string, DisposableNamedOnnxValue> _byName = [];
        private IDisposableReadOnlyCollection<DisposableNamedOnnxValue> _values;
        private long _position = -1;

        public DisposableNamedOnnxValue Get(string output)
        {
            if (_position != input.Position)
            {
                var values = inputs.Select(make => make()).ToList();
                _values?.Dispose();
                _values = model.Run(values, outputs);
                foreach (var value in _values)
                    _byName[value.Name] = value;
                _position = input.Position;
            }
            return _byName[output];
        }

        public void Dispose()
        {
            _values?.Dispose();
            _values = null;
        }
    }
}
