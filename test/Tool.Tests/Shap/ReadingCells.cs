using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Tool.Data;
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
        Assert.IsTrue(double.IsNaN(Read<double>(NumberDataViewType.Double, "NA")));
        Assert.AreEqual(-3L, Read<long>(NumberDataViewType.Int64, "-3"));
        Assert.AreEqual(ulong.MaxValue, Read<ulong>(NumberDataViewType.UInt64, $"{ulong.MaxValue}"));
        Assert.AreEqual((byte)200, Read<byte>(NumberDataViewType.Byte, "200.0"));
        Assert.AreEqual("a text", Read<ReadOnlyMemory<char>>(TextDataViewType.Instance, "a text").ToString());
        foreach (var cell in (string[])["true", "Yes", "1", "T", "t", "Y", "y", "+", "+1", " TRUE "])
            Assert.IsTrue(Read<bool>(BooleanDataViewType.Instance, cell));
        foreach (var cell in (string[])["False", "no", "0", "F", "f", "N", "n", "-", "-1", "", "  "])
            Assert.IsFalse(Read<bool>(BooleanDataViewType.Instance, cell));
        Assert.AreEqual(new DateTime(2001, 5, 17, 8, 30, 0), Read<DateTime>(DateTimeDataViewType.Instance, "2001-05-17T08:30:00"));
        Assert.AreEqual(new DateTimeOffset(2001, 5, 17, 8, 30, 0, TimeSpan.FromHours(2)),
            Read<DateTimeOffset>(DateTimeOffsetDataViewType.Instance, "2001-05-17T08:30:00+02:00"));
        Assert.AreEqual(TimeSpan.FromMinutes(90), Read<TimeSpan>(TimeSpanDataViewType.Instance, "01:30:00"));
    }

    [TestMethod]
    public void Empty_cells_are_0_unless_they_are_said_to_be_missing()
    {
        var notes = new List<string>();
        var csv = new CsvOptions { Note = notes.Add };
        Assert.AreEqual(0f, Read<float>(NumberDataViewType.Single, "", csv: csv));
        Assert.AreEqual(0.0, Read<double>(NumberDataViewType.Double, "  ", csv: csv));
        Assert.AreEqual("empty cells of 'a column' are taken for 0, as ML.NET's loader does by default; --missing-reals-as-nans takes them "
            + "for missing values.", notes[0]);
        Assert.IsTrue(float.IsNaN(Read<float>(NumberDataViewType.Single, "?", csv: csv)));
        Assert.IsTrue(float.IsNaN(Read<float>(NumberDataViewType.Single, "", csv: csv with { MissingRealsAreNaN = true })));
        // Of these the loader knows no missing value.
        Assert.AreEqual(0, Read<int>(NumberDataViewType.Int32, "", csv: csv with { MissingRealsAreNaN = true }));
        Assert.AreEqual((byte)0, Read<byte>(NumberDataViewType.Byte, "", csv: csv));
        Assert.HasCount(4, notes);
    }

    [TestMethod]
    public void Blanks_behind_a_text_are_part_of_it()
    {
        var notes = new List<string>();
        var csv = new CsvOptions { Note = notes.Add, KeepsBlanks = true };
        Assert.AreEqual("DE ", Read<ReadOnlyMemory<char>>(TextDataViewType.Instance, "DE ", csv: csv).ToString());
        Assert.Contains("texts of 'a column' end in blanks, which are kept", notes[0]);
    }

    [TestMethod]
    [DataRow("a,b\n DE,1\n", "DE", "1")]
    [DataRow("a,b\nDE ,1 \n", "DE ", "1 ")]
    [DataRow("a,b\n\" x \",2\n", " x ", "2")]
    [DataRow("a,b\n \"x, y\" ,  2 \r\n", "x, y", "2 ")]
    [DataRow("a,b\n\"x \"\"y\"\" \", z \n", "x \"y\" ", "z ")]
    [DataRow("a,b\n , \n", "", "")]
    [DataRow("a,b\n\"two\nlines \",3\n", "two\nlines ", "3")]
    public void Cells_are_cut_as_the_loader_cuts_them(string csv, string first, string second)
    {
        using var work = new Workplace();
        work.Write("rows.csv", csv);
        using var table = new CellTable(work["rows.csv"], new CsvOptions { HasHeader = true, KeepsBlanks = true });
        Assert.AreEqual(1, table.Advance(1));
        CollectionAssert.AreEqual((string[])[first, second], table.Cells);
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
    [DataRow("NA", "the value is missing")]
    [DataRow("300", "is not a whole number that the type of the input (Byte) can hold")]
    public void Says_what_a_cell_holds_that_does_not_fit(string cell, string says) =>
        Assert.Contains(says, Assert.ThrowsExactly<FormatException>(() => Read<byte>(NumberDataViewType.Byte, cell)).Message);

    [TestMethod]
    public void Refuses_types_without_text() =>
        Assert.Contains("cannot be read from a file",
            Assert.ThrowsExactly<InvalidDataException>(
                () => CellReaders.Of(RowIdDataViewType.Instance, null, "", new CsvOptions())).Message);

    private static T Read<T>(DataViewType type, string cell, IReadOnlyList<string>? names = null, CsvOptions? csv = null) =>
        ((CellReader<T>)CellReaders.Of(type, names, "a column", csv ?? new CsvOptions()))(cell);
}
