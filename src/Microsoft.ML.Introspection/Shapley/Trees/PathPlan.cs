using System.Numerics;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>An ensemble laid out for path-dependent values: what all threads share.</summary>
internal sealed class PathPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public PathPlan(TreeEnsemble ensemble, IReadOnlyList<int>? groups)
    {
        (FeatureCount, OutputCount, Codes) = (ensemble.FeatureCount, ensemble.OutputCount, new FeatureCodes(ensemble, groups));
        PlayerCount = groups is null ? FeatureCount : groups.Max() + 1;
        Used = Codes.Players;
        // The codes grow with the tests, one tree after the other; the rest can go on at the same time.
        var tests = ensemble.Trees.Select(Codes.Tests).ToArray();
        Programs = new PathProgram<T>[tests.Length];
        SharedWork.Run(tests.Length, -1, i => Programs[i] = PathProgram<T>.Of(ensemble.Trees[(int)i], tests[i]));
        Levels = Programs.Select(p => p.Levels).Append(0).Max();
        Nodes = Programs.Select(p => p.Weights.Length).Append(1).Max();
        BaseValues = [.. ensemble.BaseScores];
        foreach (var program in Programs)
            BaseValues[program.Output] += program.Expected;
    }

    /// <summary>The length of a row.</summary>
    public int FeatureCount { get; }

    /// <summary>The number of features, or of groups of them.</summary>
    public int PlayerCount { get; }

    /// <summary>The number of outputs.</summary>
    public int OutputCount { get; }

    /// <summary>How values become codes.</summary>
    public FeatureCodes Codes { get; }

    /// <summary>The players that any tree asks.</summary>
    public int[] Used { get; }

    /// <summary>The trees.</summary>
    public PathProgram<T>[] Programs { get; }

    /// <summary>The most levels of a tree.</summary>
    public int Levels { get; }

    /// <summary>The most nodes of a rule.</summary>
    public int Nodes { get; }

    /// <summary>The value of no feature, for each output.</summary>
    public double[] BaseValues { get; }
}
