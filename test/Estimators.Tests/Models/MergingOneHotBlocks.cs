using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Explaining;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

[TestClass]
public sealed class MergingOneHotBlocks
{
    [TestMethod]
    public void Blocks_become_one_feature_each_and_other_slots_stay()
    {
        var blocks = new OneHotBlocks(8, (5, 3), (1, 2));
        Assert.AreEqual(5, blocks.FeatureCount);
        CollectionAssert.AreEqual(new[] { 0, 1, 1, 2, 3, 4, 4, 4 }, Enumerable.Range(0, 8).Select(blocks.FeatureOf).ToArray());
        CollectionAssert.AreEqual(new[] { false, true, false, false, true }, Enumerable.Range(0, 5).Select(blocks.IsBlock).ToArray());
        var merged = new float[15];
        blocks.Merge(
        [
            0.5f, 1, 0, -3, float.NaN, 0, 0, 1,
            7, 0, 1, 0, 0, 1, 0, 0,
            1, 0, 0, 2, 3, 0, 0, 0,
        ], merged);
        CollectionAssert.AreEqual(new[] { 0.5f, 0, -3, float.NaN, 2, 7, 1, 0, 0, 0, 1, 2, 2, 3, 3 }, merged);
    }

    [TestMethod]
    [DataRow(new[] { "a", "Town.Rome", "Town.Romford", "b", "c", "x1", "x2", "x3" }, new[] { "a", "Town", "b", "c", "x" })]
    [DataRow(new[] { "a", "Rome", "Paris", "b", "c", "St. Gallen", "St. Moritz", "St. Anton" },
        new[] { "a", "slots 1 to 2", "b", "c", "St" })]
    public void A_block_is_called_by_what_its_slots_begin_with(string[] slots, string[] features) =>
        CollectionAssert.AreEqual(features, new OneHotBlocks(8, (1, 2), (5, 3)).Names(slots).ToArray());

    [TestMethod]
    public void What_is_not_one_hot_is_refused_with_row_and_slots()
    {
        var blocks = new OneHotBlocks(4, (1, 3));
        var merged = new float[4];
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => blocks.Merge([0, 0, 1, 0, 0, 1, 0, 1], merged)).Message,
            "Row 1 has 1 in the slots 1 and 3 of one block");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => blocks.Merge([0, 0, 0.5f, 0, 0, 1, 0, 0], merged)).Message,
            "Row 0 has 0.5 in slot 2");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => blocks.Merge([0, 0, float.NaN, 0, 0, 1, 0, 0], merged)).Message,
            "Row 0 has NaN in slot 2");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => blocks.Merge([0, 0, 0], merged)).Message, "Rows of 4 slots");
    }

    [TestMethod]
    [DataRow(0, 0)]
    [DataRow(3, 2)]
    [DataRow(-1, 2)]
    [DataRow(2, int.MaxValue)]
    public void Blocks_beyond_the_vector_are_refused(int first, int count) =>
        Assert.ThrowsExactly<ArgumentException>(() => new OneHotBlocks(4, (first, count)));

    [TestMethod]
    public void Overlapping_blocks_are_refused() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new OneHotBlocks(9, (1, 3), (3, 2))).Message,
            "from slot 3 on overlaps");

    [TestMethod]
    public void Columns_that_declare_no_blocks_have_none()
    {
        var data = Support.Trained.Features([[1, 2, 3]]);
        Assert.IsNull(DeclaredBlocks.Of(data.Schema["Features"]));
        Assert.IsNull(DeclaredBlocks.Of(new Support.RowSource(1).Add("Number", NumberDataViewType.Single, _ => 1f).Schema["Number"]));
    }
}
