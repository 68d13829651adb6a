namespace Microsoft.ML.Introspection.Explaining;

/// <summary>How SHAP values are computed.</summary>
public enum ShapAlgorithm
{
    /// <summary>
    /// What suits the model: exact for trees and linear models; for everything else all coalitions of up to
    /// <see cref="AlgorithmChoice.ExactUpTo"/>
    /// features, and permutations beyond.
    /// </summary>
    Auto,

    /// <summary>Exact values of trees.</summary>
    Tree,

    /// <summary>Exact values of linear models.</summary>
    Linear,

    /// <summary>All coalitions: exact for any model of up to 16 features.</summary>
    Exact,

    /// <summary>Kernel SHAP: a weighted regression on some thousand coalitions.</summary>
    Kernel,

    /// <summary>Features joining in random orders, forwards and backwards.</summary>
    Permutation,

    /// <summary>Features joining in random orders, each against one background row.</summary>
    Sampling,

    /// <summary>Owen values over a hierarchy of features: for images, spectra and sequences, and features that are correlated.</summary>
    Partition,

    /// <summary>DeepLIFT over a background; networks only.</summary>
    Deep,

    /// <summary>Expected gradients; networks only.</summary>
    Gradient,
}
