using Microsoft.ML.Introspection.Evaluation.Monitoring;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

[TestClass]
public sealed class ComparingGroups
{
    // Two reasons and a score, of people of some groups.
    private static (string Group, double A, double B)[] People(params (string Group, int Count, double Shift)[] groups)
    {
        var random = new Random(5);
        return [.. groups.SelectMany(g => Enumerable.Range(0, g.Count).Select(_ =>
            (g.Group, g.Shift + random.NextDouble(), random.NextDouble() - 0.5)))];
    }

    private static GroupComparison Compare((string Group, double A, double B)[] people, GroupOptions? options = null)
    {
        using var rows = new Table(people);
        return GroupComparison.Of(rows, options);
    }

    [TestMethod]
    public void Means_and_differences_are_those_of_the_rows()
    {
        var people = People(("x", 50, 0), ("y", 60, 0.4), ("z", 70, 0));
        var found = Compare(people);
        Assert.AreEqual((180L, null), (found.Rows, found.Reference));
        CollectionAssert.AreEqual((string[])["x", "y", "z"], found.Groups.Select(g => g.Name).ToArray());
        foreach (var group in found.Groups)
        {
            double[] own = [.. people.Where(p => p.Group == group.Name).Select(p => p.A)], rest = [.. people.Where(p => p.Group != group.Name).Select(p => p.A)];
            var a = group.Reasons[0];
            Assert.AreEqual(("a", (long)own.Length), (a.Name, a.Summary.Count));
            Near.Equal(own.Average(), a.Summary.Mean, 1e-13);
            Near.Equal(own.Average() - rest.Average(), a.Difference!.Value, 1e-13);
            Near.Equal(StudentTest.Welch(own, rest).Probability, a.Difference.Probability, 1e-9);
            Finite.AtLeast(a.Difference.Probability, a.Difference.Adjusted);
            // What is shared out among reasons adds up between groups, too.
            Near.Equal(group.Reasons.Sum(r => r.Difference!.Value), group.Others.Single().Difference!.Value, 1e-12);
        }
        var y = found.Groups[1].Reasons;
        Assert.IsTrue(y[0].Difference!.Adjusted < 1e-6 && y[1].Difference!.Adjusted > 0.05 && y[0].Difference is { Low: > 0.2, High: < 0.6 });
    }

    [TestMethod]
    public void A_reference_is_what_others_are_compared_with()
    {
        var people = People(("x", 50, 0), ("y", 60, 0.4), ("z", 70, 1));
        var found = Compare(people, new() { Reference = "z" });
        Assert.AreEqual("z", found.Reference);
        Assert.IsNull(found.Groups[2].Reasons[0].Difference);
        Near.Equal(people.Where(p => p.Group == "x").Average(p => p.A) - people.Where(p => p.Group == "z").Average(p => p.A),
            found.Groups[0].Reasons[0].Difference!.Value, 1e-13);
        // Of two groups one comparison says all: the smaller with the larger.
        Assert.AreEqual("y", Compare(People(("x", 50, 0), ("y", 60, 0.4))).Reference);
        Assert.Contains("there are 'x', 'y'", Assert.ThrowsExactly<InvalidDataException>(() =>
            Compare(People(("x", 50, 0), ("y", 60, 0)), new() { Reference = "w" })).Message);
        Assert.Contains("has 5 rows; 30 at least", Assert.ThrowsExactly<InvalidDataException>(() =>
            Compare(People(("x", 50, 0), ("y", 5, 0)), new() { Reference = "y" })).Message);
    }

    [TestMethod]
    public void Small_groups_have_means_and_no_intervals()
    {
        var found = Compare(People(("", 40, 0), ("few", 29, 3), ("many", 60, 0)));
        Assert.IsTrue(found.Groups[1] is { IsSmall: true, Rows: 29 } && !found.Groups[0].IsSmall);
        var difference = found.Groups[1].Reasons[0].Difference!;
        Finite.Above(2, difference.Value);
        Assert.IsTrue(double.IsNaN(difference.Low) && double.IsNaN(difference.High) && double.IsNaN(difference.Adjusted));
        Assert.IsFalse(double.IsNaN(found.Groups[2].Reasons[0].Difference!.Low));
    }

    [TestMethod]
    public void One_group_or_too_many_are_refused()
    {
        Assert.Contains("one group, 'x'", Assert.ThrowsExactly<InvalidDataException>(() => Compare(People(("x", 50, 0)))).Message);
        var ids = People([.. Enumerable.Range(0, 60).Select(i => ($"id{i}", 1, 0.0))]);
        Assert.Contains("one group more than the 50", Assert.ThrowsExactly<InvalidDataException>(() => Compare(ids)).Message);
        Assert.HasCount(60, Compare(ids, new() { MostGroups = 60 }).Groups);
        foreach (var wrong in (Func<object>[])[() => new GroupOptions { FewestRows = 1 }, () => new GroupOptions { Level = 0 },
            () => new GroupOptions { MostGroups = 1 }])
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(wrong);
    }

    private sealed class Table((string Group, double A, double B)[] people) : RowSource
    {
        public override string Name => "people";

        public override IReadOnlyList<RowTensor> Tensors { get; } = [new("", null, [2], ["a", "b"]), new("score", null, [])];

        public override IReadOnlyList<string> CarriedNames => ["group"];

        public override double Progress => 0;

        public override void Read<T>(int tensor, Span<T> row)
        {
            var (_, a, b) = people[Row];
            row[0] = T.CreateTruncating(tensor == 0 ? a : a + b);
            if (tensor == 0)
                row[1] = T.CreateTruncating(b);
        }

        public override string[] Carried() => [people[Row].Group];

        public override void Dispose() { }

        protected override long Advance(long rows) => Math.Min(rows, people.Length - 1 - Row);
    }
}
