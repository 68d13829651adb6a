using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>The open data files and the inputs they are for; all go from row to row together.</summary>
internal sealed class Sources : IDisposable
{
    private readonly Dictionary<string, DataFile> _byInput = [];
    private readonly string? _label;
    private DataFile? _main;

    private Sources(string? label) => _label = label;

    /// <summary>The file whose columns the command line may name: the first.</summary>
    public DataFile Main => _main!;

    /// <summary>How much has been read, from 0 to 1.</summary>
    public double Progress => Math.Min(1, Main.Progress);

    /// <summary>Opens a file for every input of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="files">The files, named where there are several inputs.</param>
    /// <param name="csv">How to read CSV.</param>
    /// <param name="label">The input that the target wants; a column of the main file where no file is named for it.</param>
    public static Sources Open(OnnxModel model, IReadOnlyList<NamedFile> files, CsvOptions csv, string? label)
    {
        var sources = new Sources(label);
        try
        {
            var inputs = model.Inputs.Select(i => i.Name).ToList();
            foreach (var (file, input) in files.Zip(Assign(files, inputs, label)))
            {
                var isMain = sources._main is null;
                var column = isMain && label is not null && !inputs.Contains(label) && files.All(f => f.Input != label) ? label : null;
                var data = DataFile.Open(file.Path, isMain ? csv with { TargetColumn = column } : csv.WithoutColumns);
                sources._main ??= data;
                sources._byInput.Add(input, data);
                if (column is not null && data is not CsvDataFile)
                    throw new InvalidDataException($"The target label:{label} wants the class of each row. Give it as a file of its own: --data {label}=FILE.npy.");
            }
            if (inputs.Find(i => !sources._byInput.ContainsKey(i)) is { } missing)
                throw new InvalidDataException($"The model has {inputs.Count} inputs, and no file is given for '{missing}'. Give each its own: {string.Join(" ", inputs.Select(i => $"--data {i}=FILE"))}.");
            return sources;
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    /// <summary>The file for an input, or the main file for the label that is one of its columns.</summary>
    public DataFile For(string input) => _byInput.TryGetValue(input, out var data) ? data
        : input == _label ? Main
        : throw new InvalidDataException($"No file is given for the input '{input}': --data {input}=FILE.");

    /// <summary>Whether an input's numbers are a column of the main file.</summary>
    public bool IsTargetColumn(string input) => input == _label && !_byInput.ContainsKey(input);

    /// <summary>The extents of a row of each input that the model leaves open and the command line does not fix.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> RowShapes(OnnxModel model, NetworkOptions options) => RowShapes(model, options, input => _byInput[input].RowShape);

    /// <summary>The same for rows from elsewhere.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What the command line fixes.</param>
    /// <param name="rowShape">The extents of a row of what feeds an input.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> RowShapes(OnnxModel model, NetworkOptions options, Func<string, IReadOnlyList<int>> rowShape)
    {
        var shapes = new Dictionary<string, IReadOnlyList<long>>();
        foreach (var input in model.Inputs)
        {
            var rows = rowShape(input.Name);
            if (input.Shape is null)
            {
                shapes[input.Name] = [.. rows.Select(e => (long)e)];
                continue;
            }
            // What is known stays as it is; whether the data fit it is seen later.
            var extents = input.Shape.Skip(1).Select((d, i) => d.IsKnown ? d.Value
                : options.Dimensions.TryGetValue($"{input.Name}[{i + 1}]", out var byPlace) ? byPlace
                : d.Name is { } symbol && options.Dimensions.TryGetValue(symbol, out var bySymbol) ? bySymbol
                : rows.Count == input.Shape.Rank - 1 ? rows[i]
                : 0).ToList();
            if (extents.Count > 0 && !extents.Contains(0))
                shapes[input.Name] = extents;
        }
        return shapes;
    }

    /// <summary>Goes to the next row in every file.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">One file ends before another.</exception>
    public bool MoveNext()
    {
        var goesOn = Main.MoveNext();
        foreach (var other in _byInput.Values.Where(d => d != Main))
            if (other.MoveNext() != goesOn)
                throw new InvalidDataException($"'{(goesOn ? other : Main).Path}' ends before '{(goesOn ? Main : other).Path}' ({(goesOn ? Main : other).Place}); the files must have as many rows.");
        return goesOn;
    }

    public void Dispose()
    {
        foreach (var data in _byInput.Values)
            data.Dispose();
    }

    private static IEnumerable<string> Assign(IReadOnlyList<NamedFile> files, List<string> inputs, string? label)
    {
        var wanted = label is null || inputs.Contains(label) ? inputs : [.. inputs, label];
        if (files.FirstOrDefault(f => f.Input is { } name && !wanted.Contains(name)) is { } unknown)
            throw new InvalidDataException($"--data {unknown.Input}={unknown.Path}: the model has no input '{unknown.Input}'; it has {string.Join(", ", inputs.Select(i => $"'{i}'"))}.");
        var free = inputs.Except(files.Select(f => f.Input).OfType<string>()).ToList();
        var unnamed = files.Count(f => f.Input is null);
        if (unnamed > 1 || unnamed == 1 && free.Count != 1)
            throw new InvalidDataException($"Say which input each file is for: {string.Join(" ", inputs.Select(i => $"--data {i}=FILE"))}.");
        if (files.Where(f => f.Input is not null).GroupBy(f => f.Input).FirstOrDefault(g => g.Count() > 1) is { Key: { } twice })
            throw new UsageException($"--data is given twice for '{twice}'.");
        return files.Select(f => f.Input ?? free[0]);
    }
}
