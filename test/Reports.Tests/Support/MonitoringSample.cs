using System.Numerics;
using Microsoft.ML.Introspection.Evaluation.Monitoring;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Reasons of two months, of which one moved; and of groups of people.</summary>
internal static class MonitoringSample
{
    private static readonly string[] Features =
        ["income", "<b>age</b> of the applicant, in years since the last birthday", "debt", "months at the present employer", "open credit lines", "region"];

    /// <summary>The pages.</summary>
    public static IReadOnlyList<Report> Pages { get; } =
    [
        DriftReport.Of("What changed in the reasons", "scored-2026-06.parquet", "scored-2026-07-<i>and-a-rather-long-name</i>.parquet",
            ExplanationDrift.Between(() => new Jobs(3000, 1, 0, 0), () => new Jobs(2500, 2, 0.6, 0.2)), [("Method", "<i>shap</i>")]),
        DriftReport.Of("Nothing changed", "a", "b", ExplanationDrift.Between(() => new Jobs(3, 1, 0, 0), () => new Jobs(3, 1, 0, 0))),
        GroupReport.Of("Reasons by sex", "<i>sex</i>", GroupComparison.Of(new Jobs(900, 3, 0, 0, "<b>f</b>", "m", "m", "a rather long name of a group of people", ""))),
        GroupReport.Of("Reasons by region", "region", GroupComparison.Of(new Jobs(60, 4, 0, 0, "north", "south", "south"))),
    ];

    private sealed class Jobs(int count, int seed, double shift, double growth, params string[] groups) : RowSource
    {
        private readonly Random _random = new(seed);
        private readonly double[] _row = new double[Features.Length];

        public override string Name => "job";

        public override IReadOnlyList<RowTensor> Tensors { get; } = [new("", null, [Features.Length], Features), new("score", null, []), new("base", null, [])];

        public override IReadOnlyList<string> CarriedNames => groups.Length > 0 ? ["group"] : [];

        public override double Progress => 0;

        public override void Read<T>(int tensor, Span<T> row)
        {
            if (tensor == 0)
                for (var i = 0; i < row.Length; i++)
                    row[i] = T.CreateTruncating(_row[i]);
            else
                row[0] = T.CreateTruncating(tensor == 2 ? -0.25 : _row.Where(double.IsFinite).Sum() - 0.25);
        }

        public override string[] Carried() => groups.Length > 0 ? [Group] : [];

        public override void Dispose() { }

        protected override long Advance(long rows)
        {
            if (Row + 1 >= count)
                return 0;
            for (var i = 0; i < _row.Length; i++)
                _row[i] = (1 + (i == 3 ? growth : 0)) / (i + 1) * (_random.NextDouble() + _random.NextDouble() + _random.NextDouble() - 1.5) + (i == 1 ? shift : 0);
            if (groups.Length > 0 && (Row + 1) % groups.Length == 0)
                _row[2] -= 0.3;
            _row[5] = Row % 50 == 7 ? double.NaN : 0;
            return 1;
        }

        private string Group => groups[Row % groups.Length];
    }
}
