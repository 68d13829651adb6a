using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>Keeps the numbers of some results.</summary>
internal sealed class CollectedNumbers(params IReadOnlyList<ResultPort> ports) : IRowSink
{
    private readonly List<double>[] _numbers = [.. ports.Select(_ => new List<double>())];

    public int Rows { get; private set; }

    public IReadOnlyList<string> Paths => [];

    public bool Carries => false;

    public IReadOnlyList<double> this[int port] => _numbers[port];

    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        Rows += rows;
        for (var row = 0; row < rows; row++)
            foreach (var (place, port) in ports.Index())
                foreach (var number in PortNumbers.Of(port, row))
                    _numbers[place].Add(number);
    }

    public void Dispose() { }
}
