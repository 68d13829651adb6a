namespace Microsoft.ML.Introspection.Reports.Tests;

[TestClass]
public sealed class SpreadingDots
{
    private const double Diameter = 4;
    private const double Reach = 12;

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Dots_that_have_room_never_cover_each_other(int seed)
    {
        var random = new Random(seed);
        double[] places = [.. Enumerable.Range(0, 150).Select(_ => 700 * random.NextDouble())];

        var offsets = Swarm.Offsets(places, Diameter, Reach);

        for (var i = 0; i < places.Length; i++)
            for (var j = 0; j < i; j++)
                Finite.AtLeast(Diameter - 1e-6, Math.Sqrt(Math.Pow(places[i] - places[j], 2) + Math.Pow(offsets[i] - offsets[j], 2)));
        Assert.IsTrue(offsets.All(offset => Math.Abs(offset) <= Reach));
        Finite.Above(60, offsets.Count(offset => offset == 0), "those that stand alone stay on the line");
    }

    [TestMethod]
    public void A_crowd_stays_within_reach_and_is_widest_where_it_is_densest()
    {
        var random = new Random(5);
        double[] places = [.. Enumerable.Range(0, 3000).Select(_ => 300 + 40 * Enumerable.Range(0, 6).Sum(_ => random.NextDouble() - 0.5))];

        var offsets = Swarm.Offsets(places, Diameter, Reach);

        Assert.IsTrue(offsets.All(offset => Math.Abs(offset) <= Reach));
        double[] widths = [.. new[] { 300.0, 340, 360 }.Select(middle =>
            places.Zip(offsets).Where(dot => Math.Abs(dot.First - middle) < 8).Largest(dot => Math.Abs(dot.Second)))];
        Finite.Above(widths[1], widths[0]);
        Finite.Above(widths[2], widths[1]);
        Finite.Above(0.9 * Reach, widths[0]);
        Near.Equal(0, offsets.Average(), 0.2, "as many above as below");
    }

    [TestMethod]
    public void Equal_places_pile_up()
    {
        var offsets = Swarm.Offsets([5, 5, 5, 5, 5], Diameter, Reach);

        CollectionAssert.AreEqual(new double[] { -8, -4, 0, 4, 8 }, offsets.Order().ToArray());
        Assert.IsTrue(Swarm.Offsets([.. Enumerable.Repeat(5.0, 5000)], Diameter, Reach).All(offset => Math.Abs(offset) <= Reach));
        Assert.IsEmpty(Swarm.Offsets([], Diameter, Reach));
    }
}
