using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Pairs;

/// <summary>What a method says of a pair, in numbers.</summary>
internal sealed record PairLine(int Row, PicturePair Pair, string Method, PictureTextExplanation Why)
{
    private static readonly (string Name, CellKind Kind)[] Columns =
    [
        ("row", CellKind.Whole), ("image", CellKind.Text), ("text", CellKind.Text), ("label", CellKind.Text), ("method", CellKind.Text),
        ("target", CellKind.Whole), ("score", CellKind.Real), ("base", CellKind.Real), ("picture", CellKind.Real), ("words", CellKind.Real),
        ("rest", CellKind.Real), ("total", CellKind.Real), ("gap", CellKind.Real),
    ];

    /// <summary>Writes the table of several.</summary>
    public static void Write(string path, IReadOnlyList<PairLine> lines) => AtomicFile.Write(path, stream =>
    {
        var table = ITableWriter.Begin(path, stream, Columns);
        foreach (var line in lines)
        {
            table.Cell(line.Row.ToString(CultureInfo.InvariantCulture));
            foreach (var text in (string[])[line.Pair.Image.Path, line.Pair.Text, line.Pair.Image.Label ?? "", line.Method])
                table.Cell(text);
            table.Cell(line.Why.Target.ToString(CultureInfo.InvariantCulture));
            foreach (var number in (double?[])[line.Why.Score, line.Why.BaseValue, line.Why.PictureTotal,
                line.Why.TextTotal - line.Why.Text.Rest, line.Why.Text.Rest, line.Why.Total, line.Why.Gap])
                table.Cell((number ?? double.NaN).ToString("R", CultureInfo.InvariantCulture));
            table.EndRow();
        }
        table.Complete();
    });
}
