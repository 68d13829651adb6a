using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Shap.Page;

/// <summary>The page as a file: it is made when all rows have gone by.</summary>
internal sealed class PageSink(ShapPage page, ShapJob job, CancellationToken cancellation) : IRowSink
{
    private AtomicFile? _file;
    private long _rows;

    public IReadOnlyList<string> Paths => [job.Report!];

    public bool Carries => false;

    public void Append(long first, int rows, IReadOnlyList<string[]> carried) => _rows += rows;

    public void Prepare()
    {
        _file = new AtomicFile(job.Report!);
        page.Make(job, _rows, cancellation).Write(_file.Stream);
    }

    public void Complete() => _file!.Commit();

    public void Dispose() => _file?.Dispose();
}
