using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>What a result is called.</summary>
/// <param name="InArchive">As an array in one file with the others.</param>
/// <param name="Beside">In a file of its own beside the main one; null for the main file itself.</param>
internal sealed record ResultName(string InArchive, string? Beside);

/// <summary>The files that results go to.</summary>
internal static class ResultFiles
{
    /// <summary>
    /// All files of arrays: the archive; or the main file under the name given, the others beside it: <c>NAME.target.npy</c>. Of tables the
    /// one.
    /// </summary>
    /// <param name="output">The file that is asked for.</param>
    /// <param name="names">What goes there.</param>
    /// <exception cref="UsageException">Two results would lie in one place.</exception>
    public static IReadOnlyList<string> Paths(string output, IEnumerable<ResultName> names)
    {
        if (DataFiles.IsTable(output))
            return [output];
        var kind = DataFiles.Kind(output);
        string[] places =
            [.. names.Select(n => kind == DataKind.Npz ? n.InArchive : n.Beside is { } beside ? Beside(output, beside) : output)];
        if (places.Distinct(StringComparer.OrdinalIgnoreCase).Count() < places.Length)
        {
            throw new UsageException(
                $"Two of the arrays would {(kind == DataKind.Npz ? "have one name" : "lie in one file")}; " +
                "give the target, the score or the gap another name (--target-name, --score-name, --gap-name).");
        }
        return kind == DataKind.Npz ? [output] : places;
    }

    /// <summary>A file beside the main one, of the same kind: <c>NAME.score.npy</c>.</summary>
    // A model may call its inputs and outputs whatever it likes; the file must stay in the folder of the output.
    public static string Beside(string output, string name)
    {
        if (output == DataFiles.Standard)
            throw new UsageException($"'{output}' takes one table, and '{name}' is another; name a file for the output.");
        var ending = DataFiles.Ending(output);
        return $"{output[..^ending.Length]}."
            + $"{string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'))}{ending}";
    }

    /// <summary>Begins the files.</summary>
    /// <param name="output">The file that is asked for.</param>
    /// <param name="results">What goes there.</param>
    /// <param name="table">Begins a table in their place.</param>
    public static IRowSink Begin(string output, IReadOnlyList<(ResultName Name, ResultPort Port)> results, Func<IRowSink> table) =>
        DataFiles.Kind(output) switch
    {
        DataKind.Npy => new NpySink(Paths(output, results.Select(r => r.Name)).Zip(results, (path, r) => (path, r.Port))),
        DataKind.Npz => new NpzSink(output, results.Select(r => (r.Name.InArchive, r.Port))),
        _ => table(),
    };
}
