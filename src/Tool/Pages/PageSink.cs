using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>The page as a file: it is made when all rows have gone by.</summary>
/// <param name="path">The file.</param>
/// <param name="page">Makes the page, given the number of rows.</param>
/// <param name="keep">Sees the rows of each block with what is carried along; null for what sees them elsewhere.</param>
internal sealed class PageSink(string path, Func<long, Report> page, Action<long, int, IReadOnlyList<string[]>>? keep = null) : IRowSink
{
    private AtomicFile? _file;
    private long _rows;

    public IReadOnlyList<string> Paths => [path];

    public bool Carries => keep is not null;

    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        _rows += rows;
        keep?.Invoke(first, rows, carried);
    }

    public void Prepare()
    {
        _file = new AtomicFile(path);
        page(_rows).Write(_file.Stream);
    }

    public void Complete() => _file!.Commit();

    public void Dispose() => _file?.Dispose();
}
