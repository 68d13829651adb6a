using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>An ensemble and a background laid out for interventional values: what all threads share.</summary>
internal sealed class BackgroundPlan
{
    public BackgroundPlan(TreeEnsemble ensemble, ReadOnlySpan<float> background, TreeShapOptions options, int lanes)
    {
        var output = options.Output;
        (Ensemble, Output, Lanes, Codes) = (ensemble, output, lanes, new FeatureCodes(ensemble, options.Groups));
        PlayerCount = options.Groups is { } groups ? groups.Max() + 1 : ensemble.FeatureCount;
        Used = Codes.Players;
        var tests = ensemble.Trees.Select(Codes.Tests).ToArray();
        var rows = new int[background.Length / ensemble.FeatureCount][];
        Scores = new double[rows.Length][];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = background.Slice(i * ensemble.FeatureCount, ensemble.FeatureCount);
            Codes.Write(row, rows[i] = new int[Codes.Rows.Count]);
            ensemble.Score([.. row], Scores[i] = new double[ensemble.OutputCount]);
        }
        Programs = new BackgroundProgram[tests.Length];
        SharedWork.Run(tests.Length, -1,
            i => Programs[i] = BackgroundProgram.Of(ensemble.Trees[(int)i], tests[i], rows, Codes.Sets, lanes));
        Levels = Programs.Select(p => p.Levels).Append(1).Max();
        MostPlayers = Programs.Select(p => p.MostPlayers).Append(1).Max();
        BaseValues = new double[ensemble.OutputCount];
        foreach (var scores in Scores)
        {
            var outputs = (double[])scores.Clone();
            if (output == TreeShapOutput.Prediction)
                ensemble.Link.Apply(outputs);
            for (var i = 0; i < outputs.Length; i++)
                BaseValues[i] += outputs[i] / rows.Length;
        }
    }

    /// <summary>The trees.</summary>
    public TreeEnsemble Ensemble { get; }

    /// <summary>What is shared out.</summary>
    public TreeShapOutput Output { get; }

    /// <summary>How many background rows make a chunk.</summary>
    public int Lanes { get; }

    /// <summary>How values become codes.</summary>
    public FeatureCodes Codes { get; }

    /// <summary>The number of features, or of groups of them.</summary>
    public int PlayerCount { get; }

    /// <summary>The players that any tree asks.</summary>
    public int[] Used { get; }

    /// <summary>The raw scores of every background row.</summary>
    public double[][] Scores { get; }

    /// <summary>The trees, each with what the background does in it.</summary>
    public BackgroundProgram[] Programs { get; }

    /// <summary>The most levels of a tree.</summary>
    public int Levels { get; }

    /// <summary>The most different players on a path.</summary>
    public int MostPlayers { get; }

    /// <summary>The mean over the background of what is shared out.</summary>
    public double[] BaseValues { get; }
}
