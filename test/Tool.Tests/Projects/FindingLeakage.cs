using Microsoft.ML.Introspection.Tool.Projects;

namespace Microsoft.ML.Introspection.Tool.Tests.Projects;

/// <summary>How much of a label a column tells by itself.</summary>
[TestClass]
public sealed class FindingLeakage
{
    private const int Rows = 400;

    [TestMethod]
    public void Of_numbers_what_follows_the_label_tells_nearly_all_and_noise_nothing()
    {
        var random = new Random(1);
        double[] labels = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble() * 100)];
        var skills = Skills(labels, 0, [], i => (float)(labels[i] * labels[i]), i => (float)(labels[i] + 60 * random.NextDouble()),
            _ => random.NextSingle(), _ => 1, i => i % 4 == 0 ? float.NaN : (float)labels[i]);
        Finite.Above(0.99, skills[0], "any curve of the label");
        Finite.Below(0.95, skills[1], "a good feature is none that leaks");
        Finite.Below(0.2, skills[2]);
        Assert.AreEqual(0, skills[3], "a constant");
        Finite.Below(0.95, skills[4], "half of it is missing");
    }

    [TestMethod]
    public void Of_classes_it_counts_beyond_the_commonest()
    {
        var random = new Random(2);
        double[] labels = [.. Enumerable.Range(0, Rows).Select(i => i % 20 == 0 ? 1.0 : 0)];
        var skills = Skills(labels, 2, [1, 2, 3], i => (float)labels[i] + random.NextSingle() / 2, i => 7 + (float)labels[i],
            i => i, _ => random.Next(5), _ => random.NextSingle());
        Finite.Above(0.99, skills[0]);
        Assert.AreEqual(1, skills[1], "a category for each class");
        Assert.AreEqual(0, skills[2], "a name of its own for each row tells nothing of others");
        Finite.Below(0.2, skills[3]);
        Finite.Below(0.2, skills[4], "nineteen of twenty are right without it");
        var found = Leakage.Findings(skills, ["a", "b", "c", "d", "e"], "left").ToArray();
        CollectionAssert.AreEquivalent((string[])["a", "b"], found.Select(f => f.Column).ToArray());
    }

    [TestMethod]
    public void Rows_without_a_label_do_not_count_and_few_rows_tell_nothing()
    {
        double[] labels = [.. Enumerable.Range(0, Rows).Select(i => i % 2 == 0 ? double.NaN : i % 4 == 1 ? 1 : 0)];
        Assert.AreEqual(1, Skills(labels, 2, [0], i => (float)(i % 4))[0]);
        Assert.AreEqual(0, Skills([.. labels.Take(60)], 2, [0], i => (float)(i % 4))[0]);
    }

    private static double[] Skills(double[] labels, int classes, int[] categorical, params Func<int, float>[] columns) => Leakage.Skills(
        [.. Enumerable.Range(0, labels.Length).SelectMany(row => columns.Select(column => column(row)))], columns.Length, categorical.Contains, labels, classes);
}
