using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tests.Jobs;

/// <summary>Twice each number, and their sum, of rows of two numbers.</summary>
internal sealed class Doubling : IBlockWork
{
    private readonly float[] _doubled;
    private readonly double[] _sums;
    private readonly Action _step;

    public Doubling(int capacity, Action? step = null)
    {
        (Capacity, _step) = (capacity, step ?? (() => { }));
        (_doubled, _sums) = (new float[capacity * 2], new double[capacity]);
        Ports = [ResultPort.Of<float>("doubled", [2], rows => _doubled.AsMemory(0, rows * 2)),
            ResultPort.Of<double>("sum", [], rows => _sums.AsMemory(0, rows))];
    }

    public int Capacity { get; }

    public IReadOnlyList<ResultPort> Ports { get; }

    /// <summary>Rows 0, 1, 2, … of the numbers r and r + ½.</summary>
    public static ArrayRows Rows(int count) =>
        ArrayRows.Of("rows", [new("x", NpyArray.From(Enumerable.Range(0, 2 * count).Select(i => i / 2 + i % 2 / 2f).ToArray(), count, 2))]);

    public void Take(RowSource rows, int place)
    {
        _step();
        rows.Read(0, _doubled.AsSpan(place * 2, 2));
    }

    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation)
    {
        progress(0.5);
        _step();
        for (var i = 0; i < rows; i++)
            _sums[i] = _doubled[2 * i] + _doubled[2 * i + 1];
        for (var i = 0; i < rows * 2; i++)
            _doubled[i] *= 2;
    }

    public void Dispose() { }
}

/// <summary>A sink around which a process may end between any two steps.</summary>
internal sealed class Failing(IRowSink inner, Action step) : IRowSink
{
    public IReadOnlyList<string> Paths => inner.Paths;

    public bool Carries => inner.Carries;

    public void Append(long first, int rows, IReadOnlyList<string[]> carried) => Around(() => inner.Append(first, rows, carried));

    public void Prepare() => Around(inner.Prepare);

    public void Complete() => Around(inner.Complete);

    public void Dispose() => inner.Dispose();

    private void Around(Action act)
    {
        step();
        act();
        step();
    }
}

/// <summary>A table of lines "row,first,second", whose header has a line end within quotation marks.</summary>
internal sealed class LineSink : IRowSink
{
    private readonly AtomicFile _file;
    private readonly StreamWriter _writer;
    private readonly ResultPort _port;

    public LineSink(string path, ResultPort port)
    {
        (_file, _port) = (new AtomicFile(path), port);
        _writer = new StreamWriter(_file.Stream, leaveOpen: true) { NewLine = "\n" };
        _writer.WriteLine("row,\"a\nb\",c");
    }

    public IReadOnlyList<string> Paths => [_file.Path];

    public bool Carries => false;

    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        for (var row = 0; row < rows; row++)
        {
            var cells = new List<string> { $"{first + row}" };
            _port.Write(row, 0, _port.Width, cells.Add);
            _writer.WriteLine(string.Join(',', cells));
        }
    }

    public void Prepare() => _writer.Flush();

    public void Complete() => _file.Commit();

    public void Dispose() => _file.Dispose();
}
