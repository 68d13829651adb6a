using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>What a SHAP column holds.</summary>
internal enum ShapContent
{
    /// <summary>The values.</summary>
    Values,

    /// <summary>The base value.</summary>
    BaseValue,

    /// <summary>What is explained.</summary>
    Score,

    /// <summary>The explained class.</summary>
    Target,

    /// <summary>The interaction values.</summary>
    Interactions,
}

/// <summary>The columns of SHAP values that are computed from rows of numbers.</summary>
internal sealed class ShapColumns : IExplanationColumns
{
    private ShapColumns(ShapOptions options, ShapShape shape, IShapFeed feed, IReadOnlyList<(ShapContent Content, string Name, ElementType Type)> plan, IReadOnlyList<string>? outputNames)
    {
        (Options, Shape, Feed, Contents) = (options, shape, feed, [.. plan.Select(p => p.Content)]);
        // Of all outputs there is a block each; of a chosen one, or where there is only one, none.
        IsSplit = options.Target is null && shape.Outputs > 1;
        long[] block = IsSplit ? [shape.Outputs] : [];
        Outputs = [.. plan.Select(p => p.Content switch
        {
            ShapContent.Values => new OutputColumn(p.Name, Row(p.Type, [.. block, shape.Players]), feed.Naming(names => Split(shape.PlayerNames(names), outputNames))),
            ShapContent.Interactions => new OutputColumn(p.Name, Row(p.Type, [.. block, shape.Players, shape.Players]), null),
            ShapContent.Target => new OutputColumn(p.Name, Row(p.Type, [1]), null),
            _ => new OutputColumn(p.Name, Row(p.Type, IsSplit ? block : [1]), IsSplit && outputNames is not null ? new FixedSlots(outputNames) : null),
        })];
    }

    /// <summary>The options.</summary>
    public ShapOptions Options { get; }

    /// <summary>How many features, players and outputs there are.</summary>
    public ShapShape Shape { get; }

    /// <summary>Where rows come from.</summary>
    public IShapFeed Feed { get; }

    /// <summary>What the columns hold, in order.</summary>
    public IReadOnlyList<ShapContent> Contents { get; }

    /// <summary>Whether there is a block for each output.</summary>
    public bool IsSplit { get; }

    /// <inheritdoc/>
    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <summary>The column that tells the class; null where none does.</summary>
    public InputColumn? Label => LabelOf(Options);

    /// <summary>What a graph does to the values at the end; null for nothing.</summary>
    public Func<Value, Value>? Finish => Options is { NumberOfPositiveContributions: null, NumberOfNegativeContributions: null, Normalize: false } ? null
        : values => Strongest.Of(values, Options.NumberOfPositiveContributions, Options.NumberOfNegativeContributions, Options.Normalize);

    /// <summary>The name of what holds something; null where nothing does.</summary>
    public string? NameOf(ShapContent content) => Outputs.Zip(Contents).FirstOrDefault(c => c.Second == content).First?.Name;

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> FindInputs(DataViewSchema schema) => Label is { } label ? [.. Feed.Find(schema), label.Find(schema)] : Feed.Find(schema);

    /// <summary>Lays the columns out.</summary>
    /// <exception cref="ArgumentException">The target names a class that is not there.</exception>
    public static ShapColumns Of(string outputColumnName, ShapOptions options, ShapShape shape, IShapFeed feed, IReadOnlyList<string>? outputNames)
    {
        if (options.Target is { } target && Math.Max(target.Classes.Why, target.Classes.WhyNot) >= shape.Outputs)
            throw new ArgumentOutOfRangeException(nameof(options), $"The target {target} names a class that is out of range: the model has {shape.Outputs} outputs, 0 to {shape.Outputs - 1}.");
        return new ShapColumns(options, shape, feed, Plan(outputColumnName, options), outputNames);
    }

    /// <summary>Which columns come out, as far as it is known before there is data.</summary>
    public static IReadOnlyList<(ShapContent Content, string Name, ElementType Type)> Plan(string outputColumnName, ShapOptions options)
    {
        var plan = new List<(ShapContent, string, ElementType)> { (ShapContent.Values, outputColumnName, ElementType.Float) };
        Add(ShapContent.Interactions, options.InteractionsColumnName);
        Add(ShapContent.BaseValue, options.BaseValueColumnName);
        Add(ShapContent.Score, options.ScoreColumnName);
        Add(ShapContent.Target, options.TargetColumnName);
        return plan;

        void Add(ShapContent content, string? name)
        {
            if (name is not null)
                plan.Add((content, name, content == ShapContent.Target ? ElementType.Int64 : ElementType.Float));
        }
    }

    /// <summary>The column that tells the class; null where none does.</summary>
    public static InputColumn? LabelOf(ShapOptions options) => options.Target?.LabelInput is { } label ? new InputColumn(label, null, ElementType.Int64, Onnx.Shape.Of(1)) : null;

    private static VectorDataViewType Row(ElementType type, long[] extents) => ColumnTypes.RowOf(type, extents.Select(e => (Dimension)e));

    private IReadOnlyList<string> Split(IReadOnlyList<string> players, IReadOnlyList<string>? outputNames) => !IsSplit ? players
        : [.. (outputNames ?? [.. Enumerable.Range(0, Shape.Outputs).Select(o => $"{o}")]).SelectMany(o => players.Select(p => $"{o}.{p}"))];
}

/// <summary>How many features, players and outputs there are.</summary>
/// <param name="Features">The length of a row.</param>
/// <param name="Players">How many values a row and output get.</param>
/// <param name="Outputs">The number of outputs.</param>
/// <param name="PlayerNames">The players' names after those of the slots.</param>
internal sealed record ShapShape(int Features, int Players, int Outputs, Func<IReadOnlyList<string>, IReadOnlyList<string>> PlayerNames);
