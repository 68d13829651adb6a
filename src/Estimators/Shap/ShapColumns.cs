using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;

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
    private readonly ShapFeed _feed;
    private readonly DataViewType? _labelType;

    /// <summary>Lays the columns out.</summary>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="options">The options.</param>
    /// <param name="explainer">What explains.</param>
    /// <param name="feed">Where rows come from.</param>
    /// <param name="outputNames">What the outputs are called; null where nobody named them.</param>
    /// <param name="schema">The columns of the data.</param>
    public ShapColumns(string outputColumnName, ShapOptions options, Explainer explainer, ShapFeed feed, IReadOnlyList<string>? outputNames,
        DataViewSchema schema)
    {
        var plan = Plan(outputColumnName, options);
        Description = $"{explainer.Description}; shares in "
            + (options.Output == TreeShapOutput.Prediction ? "the prediction" : explainer.Link switch
            {
                ScoreLink.LogisticLink => "the raw score (log-odds)",
                ScoreLink.SoftmaxLink => "the raw score (logits: probabilities are their softmax)",
                ScoreLink.OneVersusAllLink => "the raw score (log-odds of each class against the others)",
                ScoreLink.ExponentialLink => "the raw score (the logarithm of the prediction)",
                _ => "the score",
            });
        OutputNames = outputNames ?? [.. Enumerable.Range(0, explainer.OutputCount).Select(o => $"{o}")];
        (Options, _feed, Contents, Label) = (options, feed, [.. plan.Select(p => p.Content)], LabelOf(options));
        if (Contents.Contains(ShapContent.Interactions) && !explainer.HasInteractions)
            throw new ArgumentException("There are interactions of trees, path-dependent, and of nothing else; this would be "
                + $"{explainer.Description}. Leave their column out.", nameof(options));
        _labelType = Label is null ? null : ColumnTypes.ItemOf(Label.Find(schema).Type);
        // Of all outputs there is a block each; of a chosen one, or where there is only one, none.
        var (slots, players) = (explainer.Slots, explainer.Players);
        long[] block = slots > 1 ? [slots] : [];
        Outputs = [.. plan.Select(p => p.Content switch
        {
            ShapContent.Values =>
                new OutputColumn(p.Name, Row(p.Type, [.. block, players.Count]), feed.Naming(names => Split(players.Names(names)))),
            ShapContent.Interactions => new OutputColumn(p.Name, Row(p.Type, [.. block, players.Count, players.Count]), null),
            ShapContent.Target => new OutputColumn(p.Name, Row(p.Type, [1]), null),
            _ => new OutputColumn(p.Name, Row(p.Type, [slots]), slots > 1 && outputNames is not null ? new FixedSlots(outputNames) : null)
            {
                Outputs = p.Content != ShapContent.BaseValue ? null : new OutputFacts(OutputNames, explainer.BaseValues, Description)
                {
                    Link = explainer.Outputs.IsDifference || options.Output == TreeShapOutput.Prediction
                        ? ScoreLink.Identity : explainer.Link,
                },
            },
        })];

        IReadOnlyList<string> Split(IReadOnlyList<string> names) => slots == 1 ? names
            : [.. (outputNames ?? [.. Enumerable.Range(0, slots).Select(o => $"{o}")]).SelectMany(o => names.Select(n => $"{o}.{n}"))];
    }

    /// <summary>How values are computed, and of what, for people.</summary>
    public string Description { get; }

    /// <summary>The options.</summary>
    public ShapOptions Options { get; }

    /// <summary>What the columns hold, in order.</summary>
    public IReadOnlyList<ShapContent> Contents { get; }

    /// <inheritdoc/>
    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <summary>The column that tells the class; null where none does.</summary>
    public LabelColumn? Label { get; }

    /// <summary>What the outputs are called; numbers where nobody named them.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>The columns that a graph reads.</summary>
    /// <param name="features">That of the features.</param>
    /// <exception cref="NotSupportedException">A graph cannot read the label as it stands in the data.</exception>
    public IReadOnlyList<InputColumn> Inputs(InputColumn features) => Label is null ? [features]
        : _labelType?.RawType == typeof(long) ? [features, new InputColumn(Label.Name, null, ElementType.Int64, Shape.Of(1))]
        : throw new NotSupportedException($"The explained class stands in '{Label.Name}' as {_labelType}; a saved explanation reads class "
            + "numbers from 0, of type Int64 (mlContext.Transforms.Conversion.MapValue). Add such a column, or explain Target.ArgMax.");

    /// <summary>What the inputs and outputs of a graph are called.</summary>
    /// <param name="input">The column of the features.</param>
    public ExplanationNames Names(string input) => new()
    {
        Input = input,
        Attribution = NameOf(ShapContent.Values)!,
        Interactions = NameOf(ShapContent.Interactions),
        BaseValue = NameOf(ShapContent.BaseValue),
        Score = NameOf(ShapContent.Score),
        Target = NameOf(ShapContent.Target),
    };

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> FindInputs(DataViewSchema schema) =>
        Label is { } label ? [.. _feed.Find(schema), label.Find(schema)] : _feed.Find(schema);

    /// <summary>Which columns come out, as far as it is known before there is data.</summary>
    public static IReadOnlyList<(ShapContent Content, string Name, ElementType Type)> Plan(string outputColumnName, ShapOptions options)
    {
        (ShapContent Content, string? Name)[] all =
        [
            (ShapContent.Values, outputColumnName), (ShapContent.Interactions, options.InteractionsColumnName),
            (ShapContent.BaseValue, options.BaseValueColumnName),
            (ShapContent.Score, options.ScoreColumnName), (ShapContent.Target, options.TargetColumnName),
        ];
        return [
            .. all.Where(c => c.Name is not null)
                .Select(c => (c.Content, c.Name!, c.Content == ShapContent.Target ? ElementType.Int64 : ElementType.Float))];
    }

    /// <summary>The column that tells the class; null where none does.</summary>
    public static LabelColumn? LabelOf(ShapOptions options) => options.Target?.LabelInput is { } label ? new LabelColumn(label) : null;

    private string? NameOf(ShapContent content) => Outputs.Zip(Contents).FirstOrDefault(c => c.Second == content).First?.Name;

    private static VectorDataViewType Row(ElementType type, long[] extents) => ColumnTypes.RowOf(type, extents.Select(e => (Dimension)e));
}
