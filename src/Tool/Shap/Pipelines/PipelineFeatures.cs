using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>What counts as a feature of a pipeline.</summary>
internal abstract class PipelineFeatures
{
    /// <summary>The columns that the pipeline was saved with.</summary>
    public required DataViewSchema Schema { get; init; }

    /// <summary>The names of the columns that it reads.</summary>
    public required IReadOnlySet<string> Columns { get; init; }

    /// <summary>The names of the features.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Turns rows into features, shape [N, features].</summary>
    public abstract float[] Read(IDataView data);

    /// <summary>What a code stands for; null where the feature is a number.</summary>
    public virtual string? TextOf(int feature, float code) => null;

    /// <summary>Forgets what was remembered since it was told to keep.</summary>
    public virtual void Forget() { }
}

/// <summary>The raw columns: what is no number is represented by a code.</summary>
internal sealed class RawColumns(PipelineScorer scorer) : PipelineFeatures
{
    private IReadOnlyList<int>? _kept;

    public override IReadOnlyList<string> Names => scorer.FeatureNames;

    public override float[] Read(IDataView data) => scorer.Encode(data);

    public override string? TextOf(int feature, float code) => scorer.TextOf(feature, code);

    /// <summary>Keeps what has been read by now: the background.</summary>
    public void Keep() => _kept = scorer.Remembered;

    public override void Forget() => scorer.ForgetAfter(_kept ?? throw new InvalidOperationException("Nothing was said to be kept."));
}

/// <summary>The slots of the model's feature column.</summary>
internal sealed class FeatureSlots(FittedModel model, IReadOnlyList<string> names) : PipelineFeatures
{
    public override IReadOnlyList<string> Names => names;

    public override float[] Read(IDataView data) => model.ReadFeatures(data);
}
