using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>The open data files and the inputs they are for; all go from row to row together.</summary>
internal sealed class Sources : IDisposable
{
    private const int MostRowsLookedAt = 16;

    private readonly Dictionary<string, int> _tensors;
    private readonly Target? _target;
    private readonly CsvOptions _csv;
    private readonly IReadOnlyList<RowSource> _sources;

    private Sources(IReadOnlyList<RowSource> sources, Dictionary<string, int> tensors, Target? target, CsvOptions csv) =>
        (_sources, Rows, _tensors, _target, _csv) = (sources, new JoinedRows(sources), tensors, target, csv);

    /// <summary>The rows of all files.</summary>
    public JoinedRows Rows { get; private set; }

    /// <summary>Opens files for every input of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="files">The files, named where there are several inputs; an archive serves all inputs that it has arrays for.</param>
    /// <param name="csv">How to read CSV.</param>
    /// <param name="target">
    /// What is explained: where an input tells it, that is a column of the main file (of weights there are several, hence no column) unless
    /// a file is named for it.
    /// </param>
    public static Sources Open(OnnxModel model, IReadOnlyList<NamedFile> files, CsvOptions csv, Target? target)
    {
        var label = target?.InputName;
        var inputs = model.Inputs.Select(i => i.Name).ToList();
        var wanted = label is null || inputs.Contains(label) ? inputs : [.. inputs, label];
        var free = wanted.Except(files.Select(f => f.Input).OfType<string>()).ToList();
        Check(files, inputs, wanted, free);
        var (sources, names) = (new List<RowSource>(), new List<string>());
        try
        {
            foreach (var file in files)
            {
                var column = sources.Count == 0 && label is not null && !inputs.Contains(label) && free.Contains(label) ? label : null;
                IReadOnlyList<string>? arrays = null;
                var number = target is { InputIsWeights: true } ? null : column;
                sources.Add(DataFiles.Open(file.Path, sources.Count == 0 ? csv with { TargetColumn = number } : csv.WithoutColumns,
                    held => Arrays(file, held, free, inputs, out arrays)));
                names.AddRange(arrays ?? [file.Input ?? free.First(inputs.Contains)]);
                if (number is not null && sources[^1] is CellRows)
                    names.Add(number);
                if (column is not null && !names.Contains(column))
                    throw new InvalidDataException($"The target {target} wants the "
                        + $"{(target!.InputIsWeights ? "weights" : target.InnerLayer is null ? "class" : "number")} of each row. "
                        + $"Give it as a file of its own: --data {label}=FILE.npy.");
            }
            if (inputs.Find(i => !names.Contains(i)) is { } missing)
                throw new InvalidDataException($"The model has {inputs.Count} inputs, and no file is given for '{missing}'. Give each "
                    + $"its own: {string.Join(" ", inputs.Select(i => $"--data {i}=FILE"))}.");
            if (names.Count > names.Distinct().Count())
                throw new UsageException($"--data is given twice for '{names.GroupBy(n => n).First(g => g.Count() > 1).Key}'.");
            return new Sources(sources, names.Index().ToDictionary(n => n.Item, n => n.Index), target, csv);
        }
        catch
        {
            sources.ForEach(s => s.Dispose());
            throw;
        }
    }

    /// <summary>The rows for an input.</summary>
    public RowTensor For(string input) => Rows.Tensors[Place(input)];

    /// <summary>
    /// An array that has the shape of an input of a network without a batch is its one row; as rows it would not fit.
    /// </summary>
    /// <param name="model">The model as its file has it.</param>
    /// <param name="network">The network, which has an axis of one row in front.</param>
    public void TakeWhole(OnnxModel model, Network network)
    {
        var wholes = network.Inputs.Where(input => _tensors.ContainsKey(input.Name) && input.Shape is { Rank: > 0 } && input.Shape[0] == 1
            && model.Inputs.FirstOrDefault(i => i.Name == input.Name)?.Shape?.Rank + 1 == input.Shape.Rank
            && Rows.SourceOf(Place(input.Name)) is { Tensors.Count: 1, Count: { } count }
            && new Shape([count, .. For(input.Name).RowShape.Select(e => (Dimension)e)]).Equals(new Shape(input.Shape.Skip(1))))
            .Select(input => Rows.SourceOf(Place(input.Name))).ToHashSet();
        if (wholes.Count > 0)
            Rows = new JoinedRows([.. _sources.Select(s => !wholes.Contains(s) ? s
                : new WholeRows(s, () => DataFiles.Open(s.Name, _csv.WithoutColumns, _ => [s.Tensors[0].Name])))]);
    }

    /// <summary>How the rows feed each input of a graph.</summary>
    /// <param name="network">The network that the graph is of.</param>
    /// <param name="scales">How inputs are scaled first.</param>
    /// <param name="main">The input that a scale is for which names none.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="output">The output whose classes a label counts; null for the usual one.</param>
    public Func<TensorInfo, InputRows> Feeds(Network network, IEnumerable<NamedFile> scales, Func<string> main, Action<string> note,
        string? output = null)
    {
        var scalings = new Dictionary<string, Scaling>();
        foreach (var scale in scales)
            scalings[network.Input(scale.Input ?? main()).Name] = Scaling.Load(scale.Path);
        foreach (var input in network.Inputs.Where(i => _tensors.ContainsKey(i.Name) && !scalings.ContainsKey(i.Name)))
            if (HoldsBytes(input.Name) && PictureInput.IsScaledElsewhere(network, input))
                note($"'{Rows.SourceOf(Place(input.Name)).Name}' holds pixels as bytes, 0 to 255, and the input '{input.Name}' is given "
                    + "them as they are; networks as a rule expect numbers from 0 to 1, or standardised: --scale scales them.");
        return input => new InputRows(Place(input.Name))
        {
            AreClasses = input.Name == _target?.InputName && !_target.InputIsWeights,
            Classes = input.Name == _target?.LabelInput ? Classes(network, output) : null,
            Scaling = input.Name != _target?.InputName && scalings.TryGetValue(input.Name, out var scaling)
                ? scaling.For(Rows.SourceOf(Place(input.Name)).Name, For(input.Name),
                    input.Shape is { Rank: > 2 } shape ? (int)shape[network.ChannelsOf(input.Name)].Value : null,
                    network.ChannelsOf(input.Name) > 1)
                : null,
        };
    }

    /// <summary>The extents of a row of each input that the model leaves open and the command line does not fix.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> RowShapes(OnnxModel model, NetworkOptions options) =>
        RowShapes(model, options, input => For(input).RowShape);

    /// <summary>The same for rows from elsewhere.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What the command line fixes.</param>
    /// <param name="rowShape">The extents of a row of what feeds an input.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> RowShapes(OnnxModel model, NetworkOptions options,
        Func<string, IReadOnlyList<int>> rowShape)
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

    public void Dispose() => Rows.Dispose();

    // Bytes of zeros and ones are a mask, or categories; the first rows tell.
    private bool HoldsBytes(string input)
    {
        var tensor = For(input);
        if (tensor.Type != ElementType.UInt8)
            return false;
        using var again = DataFiles.Open(Rows.SourceOf(Place(input)).Name, _csv.WithoutColumns, _ => [tensor.Name]);
        var row = new byte[again.Tensors[0].Width];
        for (var rows = 0; rows < MostRowsLookedAt && again.MoveNext(); rows++)
        {
            again.Read<byte>(0, row);
            if (row.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)1) >= 0)
                return true;
        }
        return false;
    }

    /// <summary>The place of an input's rows among those of all files.</summary>
    public int Place(string input) => _tensors.TryGetValue(input, out var place) ? place
        : throw new InvalidDataException($"No file is given for the input '{input}': --data {input}=FILE.");

    // Which arrays of an archive are for which inputs: those of their names, or the only one.
    private static IEnumerable<string> Arrays(NamedFile file, IReadOnlyList<string> held, List<string> free, List<string> inputs,
        out IReadOnlyList<string>? arrays)
    {
        var wanted = file.Input is { } named ? [named] : free;
        string[] found = [.. wanted.Intersect(held)];
        arrays = found;
        if (found.Length > 0)
            return found;
        arrays = [file.Input ?? free.First(inputs.Contains)];
        return held.Count == 1 && wanted.Count(inputs.Contains) <= 1 ? held : throw new InvalidDataException(
            $"'{file.Path}' holds no array for {string.Join(", ", wanted.Select(i => $"'{i}'"))}; it has "
                + $"{string.Join(", ", held.Take(20).Select(n => $"'{n}'"))}.");
    }

    private static void Check(IReadOnlyList<NamedFile> files, List<string> inputs, IReadOnlyList<string> wanted, List<string> free)
    {
        if (files.FirstOrDefault(f => f.Input is { } name && !wanted.Contains(name)) is { } unknown)
            throw new InvalidDataException($"--data {unknown.Input}={unknown.Path}: the model has no input '{unknown.Input}'; it has "
                + $"{string.Join(", ", inputs.Select(i => $"'{i}'"))}.");
        var unnamed = files.Where(f => f.Input is null).ToList();
        var known = free.Count(inputs.Contains);
        if (unnamed.Count > 1 || unnamed is [var only] && known != 1 && !(known > 1 && DataFiles.Kind(only.Path) == DataKind.Npz))
            throw new InvalidDataException(
                $"Say which input each file is for: {string.Join(" ", inputs.Select(i => $"--data {i}=FILE"))}.");
        if (files.Where(f => f.Input is not null).GroupBy(f => f.Input).FirstOrDefault(g => g.Count() > 1) is { Key: { } twice })
            throw new UsageException($"--data is given twice for '{twice}'.");
    }

    private static long? Classes(Network network, string? output) => network.ClassesOf(output ?? network.DefaultOutput);
}
