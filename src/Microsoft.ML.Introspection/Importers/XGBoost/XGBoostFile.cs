namespace Microsoft.ML.Introspection.Importers.XGBoost;

/// <summary>What is taken from a file, JSON or UBJSON, before any of it is understood.</summary>
internal sealed class XGBoostFile
{
    /// <summary>Whether there was a learner at all.</summary>
    public bool HasLearner { get; set; }

    /// <summary>The booster: <c>gbtree</c>, <c>dart</c>, <c>gblinear</c>.</summary>
    public string? Booster { get; set; }

    /// <summary>Whether the booster holds a list of trees.</summary>
    public bool HasTrees { get; set; }

    /// <summary>The trees.</summary>
    public List<XGBoostTree> Trees { get; } = [];

    /// <summary>The output that each tree adds to.</summary>
    public int[]? TreeInfo { get; set; }

    /// <summary>What the leaves of each tree are multiplied with, where trees were dropped in training.</summary>
    public float[]? TreeWeights { get; set; }

    /// <summary>The best round of a model that was stopped early, from 0, as text.</summary>
    public string? BestIteration { get; set; }

    /// <summary>Before how many trees each round begins, and how many there are; since XGBoost 2.0.</summary>
    public int[]? RoundStarts { get; set; }

    /// <summary>How many trees a round has for each output.</summary>
    public string? ParallelTrees { get; set; }

    /// <summary>Numbers as texts: <c>base_score</c>, <c>num_feature</c>, <c>num_class</c>, <c>num_target</c>.</summary>
    public Dictionary<string, string>? Parameters { get; set; }

    /// <summary>The objective's name.</summary>
    public string? Objective { get; set; }

    /// <summary>The features' names; empty where the file has none.</summary>
    public List<string> FeatureNames { get; } = [];
}
