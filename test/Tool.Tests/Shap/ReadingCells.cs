using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

/// <summary>Cells as values of ML.NET's types.</summary>
[TestClass]
public class ReadingCells
{
    [TestMethod]
    public void Reads_every_type()
    {
        Assert.AreEqual(1.5f, Read<float>(NumberDataViewType.Single, "1.5"));
        Assert.IsTrue(float.IsNaN(Read<float>(NumberDataViewType.Single, "")));
        Assert.IsTrue(double.IsNaN(Read<double>(NumberDataViewType.Double, "NA")));
        Assert.AreEqual(-3L, Read<long>(NumberDataViewType.Int64, "-3"));
        Assert.AreEqual(ulong.MaxValue, Read<ulong>(NumberDataViewType.UInt64, $"{ulong.MaxValue}"));
        Assert.AreEqual((byte)200, Read<byte>(NumberDataViewType.Byte, "200.0"));
        Assert.AreEqual("a text", Read<ReadOnlyMemory<char>>(TextDataViewType.Instance, "a text").ToString());
        foreach (var cell in (string[])["true", "Yes", "1"])
            Assert.IsTrue(Read<bool>(BooleanDataViewType.Instance, cell));
        foreach (var cell in (string[])["False", "no", "0"])
            Assert.IsFalse(Read<bool>(BooleanDataViewType.Instance, cell));
        Assert.AreEqual(new DateTime(2001, 5, 17, 8, 30, 0), Read<DateTime>(DateTimeDataViewType.Instance, "2001-05-17T08:30:00"));
        Assert.AreEqual(new DateTimeOffset(2001, 5, 17, 8, 30, 0, TimeSpan.FromHours(2)),
            Read<DateTimeOffset>(DateTimeOffsetDataViewType.Instance, "2001-05-17T08:30:00+02:00"));
        Assert.AreEqual(TimeSpan.FromMinutes(90), Read<TimeSpan>(TimeSpanDataViewType.Instance, "01:30:00"));
    }

    [TestMethod]
    public void Counts_keys_from_1_and_knows_them_by_name()
    {
        var key = new KeyDataViewType(typeof(uint), 3);
        CollectionAssert.AreEqual((uint[])[1, 3, 0, 0, 0],
            ((string[])["0", "2", "3", "", "red"]).Select(cell => Read<uint>(key, cell)).ToArray());
        CollectionAssert.AreEqual((uint[])[1, 3, 0, 0],
            ((string[])["red", "blue", "0", "pink"]).Select(cell => Read<uint>(key, cell, ["red", "green", "blue"])).ToArray());
        Assert.AreEqual((byte)2, Read<byte>(new KeyDataViewType(typeof(byte), 3), "1"));
    }

    [TestMethod]
    [DataRow("1.5", "'1.5' is not a whole number")]
    [DataRow("", "the value is missing")]
    [DataRow("300", "is not a whole number that the type of the input (Byte) can hold")]
    public void Says_what_a_cell_holds_that_does_not_fit(string cell, string says) =>
        Assert.Contains(says, Assert.ThrowsExactly<FormatException>(() => Read<byte>(NumberDataViewType.Byte, cell)).Message);

    [TestMethod]
    public void Refuses_types_without_text() =>
        Assert.Contains("cannot be read from a file",
            Assert.ThrowsExactly<InvalidDataException>(() => CellReaders.Of(RowIdDataViewType.Instance, null)).Message);

    private static T Read<T>(DataViewType type, string cell, IReadOnlyList<string>? names = null) =>
        ((CellReader<T>)CellReaders.Of(type, names))(cell);
}
