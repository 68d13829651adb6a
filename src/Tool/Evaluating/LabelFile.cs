using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>What is true of rows, from a file of its own: a number for each.</summary>
internal static class LabelFile
{
    /// <summary>Reads those of the first rows.</summary>
    /// <exception cref="InvalidDataException">There are several columns, or too few rows.</exception>
    public static double[] Read(string path, int count, Action<string> note)
    {
        using var rows = DataFiles.Open(path, new CsvOptions { Note = note }, names => names);
        if (rows.Tensors is not [{ Width: 1 }])
            throw new InvalidDataException($"'{path}' has {rows.Tensors.Sum(t => t.Width)} columns; one number for each row was expected.");
        var (found, one) = (new double[count], new double[1]);
        for (var row = 0; row < count; row++)
        {
            if (!rows.MoveNext())
                throw new InvalidDataException($"'{path}' tells of {row} rows; {count} were expected.");
            rows.Read<double>(0, one);
            found[row] = one[0];
        }
        return found;
    }

    /// <summary>Reads classes.</summary>
    /// <exception cref="InvalidDataException">A number is no class.</exception>
    public static int[] Classes(string path, int count, Action<string> note) =>
    [
        .. Read(path, count, note).Select((label, row) => label is >= 0 and <= ushort.MaxValue && label == Math.Floor(label)
            ? (int)label : throw new InvalidDataException($"'{path}' has {label} in row {row}; classes from 0 to 65,535 were expected.")),
    ];
}
