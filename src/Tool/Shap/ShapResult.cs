namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What is said of a block of rows. A slot is one explained output of a row: all outputs of a model, or the one that the target chooses.</summary>
internal sealed class ShapResult
{
    /// <summary>Makes room.</summary>
    /// <param name="capacity">For how many rows.</param>
    /// <param name="slots">How many slots a row has.</param>
    /// <param name="players">How many features or groups there are.</param>
    /// <param name="withInteractions">Whether pairs of them are explained, too.</param>
    public ShapResult(int capacity, int slots, int players, bool withInteractions)
    {
        (Slots, Players) = (slots, players);
        Values = new double[checked(capacity * slots * players)];
        (Scores, Bases, Outputs) = (new double[capacity * slots], new double[capacity * slots], new int[capacity * slots]);
        Interactions = withInteractions ? new double[checked(capacity * slots * players * players)] : null;
    }

    /// <summary>How many slots a row has.</summary>
    public int Slots { get; }

    /// <summary>How many features or groups there are.</summary>
    public int Players { get; }

    /// <summary>The SHAP values, shape [N, slots, players].</summary>
    public double[] Values { get; }

    /// <summary>What the model says, shape [N, slots].</summary>
    public double[] Scores { get; }

    /// <summary>What the values start from, shape [N, slots].</summary>
    public double[] Bases { get; }

    /// <summary>The output that each slot explains, shape [N, slots]; of a difference the first.</summary>
    public int[] Outputs { get; }

    /// <summary>The interaction values, shape [N, slots, players, players]; null where they are not asked for.</summary>
    public double[]? Interactions { get; }
}
