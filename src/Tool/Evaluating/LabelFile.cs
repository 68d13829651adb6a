using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>What is true of rows: a file of one number for each.</summary>
internal static class LabelFile
{
    /// <summary>Reads the numbers of the first rows.</summary>
    /// <param name="path">A table of one column, or an array.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <exception cref="InvalidDataException">The file has more columns, or fewer rows.</exception>
    public static double[] Read(string path, int count, Action<string> note)
    {
        using var rows = DataFiles.Open(path, new CsvOptions { Note = note }, names => names);
        if (rows.Tensors is not [{ Width: 1 }])
            throw new InvalidDataException($"'{path}' has {rows.Tensors.Sum(t => t.Width)} columns; one number for each row was expected.");
        var (found, one) = (new double[count], new double[1]);
        for (var row = 0; row < count; row++)
        {
            if (!rows.MoveNext())
                throw new InvalidDataException($"'{path}' tells of {row} rows; there are {count} rows of data.");
            rows.Read<double>(0, one);
            found[row] = one[0];
        }
        return found;
    }
}
