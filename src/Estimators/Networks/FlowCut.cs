namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>
/// Where a pipeline is cut in two: steps that ML.NET has to run, and behind them what is written in operators. As little as possible lies
/// before the cut.
/// </summary>
internal sealed class FlowCut
{
    private FlowCut(IReadOnlyList<FlowStep> before, IReadOnlyList<FlowColumn> inputs, IReadOnlyList<FlowColumn> written) =>
        (Before, Inputs, Written) = (before, inputs, written);

    /// <summary>The steps that ML.NET runs, in order.</summary>
    public IReadOnlyList<FlowStep> Before { get; }

    /// <summary>The columns that the network reads: of the data, or of the steps before.</summary>
    public IReadOnlyList<FlowColumn> Inputs { get; }

    /// <summary>The columns that the network makes, each behind those it is made of.</summary>
    public IReadOnlyList<FlowColumn> Written { get; }

    /// <summary>Cuts a pipeline.</summary>
    /// <param name="outputs">The columns that the network is for; all of them can be written.</param>
    /// <param name="made">All columns that the steps make.</param>
    public static FlowCut Of(IReadOnlyList<FlowColumn> outputs, IReadOnlyList<FlowColumn> made)
    {
        var needed = outputs.SelectMany(o => o.Ancestry()).Distinct().ToList();
        var before = new HashSet<FlowStep>();
        foreach (var foreign in needed.Where(c => c.Maker is not null && !c.Plan.IsWritten))
            Take(foreign);
        while (true)
        {
            var written = needed.Where(IsWritten).ToList();
            var inputs = written.SelectMany(c => c.Inputs).Where(c => !IsWritten(c)).Distinct().ToList();
            // A column that a step before the cut has overwritten cannot be read behind it: what reads it goes before the cut, too.
            var hidden = inputs.Find(c => made.Any(m => m.Name == c.Name && m.Place > c.Place && before.Contains(m.Maker!)));
            if (hidden is null)
                return new FlowCut([.. before.OrderBy(s => s.Number)], inputs, [.. written.OrderBy(c => c.Place)]);
            foreach (var reader in written.Where(c => c.Inputs.Contains(hidden)))
                Take(reader);
        }

        bool IsWritten(FlowColumn column) => column.Maker is { } maker && !before.Contains(maker);

        void Take(FlowColumn column) => before.UnionWith(column.Ancestry().Select(c => c.Maker).OfType<FlowStep>());
    }
}
