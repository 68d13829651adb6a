namespace Microsoft.ML.Introspection.Shapley;

/// <summary>How LIME chooses the few features that it names.</summary>
public enum LimeSelection
{
    /// <summary>By trying, if up to six are wanted, otherwise the strongest; as LIME's authors have it.</summary>
    Auto,

    /// <summary>One after the other, each time the one with which the linear model follows the scores best.</summary>
    Forward,

    /// <summary>Those that contribute most to a linear model of all features.</summary>
    Strongest,

    /// <summary>Those that the lasso lets in first.</summary>
    LassoPath,
}
