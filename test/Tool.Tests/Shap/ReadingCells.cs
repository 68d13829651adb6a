using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;
using DataKind = Microsoft.ML.Data.DataKind;

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

    // What the loader cannot read it makes a number of all the same; that is refused here.
    [TestMethod]
    public void Are_what_the_loader_itself_makes_of_them()
    {
        string[] numbers = ["", " ", "0", "-0", "1.5", "+1.5", ".5", "-.5", "5.", "1e5", "1E-3", "1e+2", " 1.5", "1.5 ", "\"1.5\"", "\" 1.5 \"", "\" 1.5\"", "\"1.5 \"", "\" \"",
            "\"\"", "\"1,5\"", "007", "1e400", "-1e400", "1e-400", "3.4028236e38", "16777217", "0.1", "123456789012345678901234567890",
            "NaN", "nan", "?", "NA", "N/A", "null", "∞", "-∞", "inf", "-inf", "Infinity", "-Infinity", "+", "-", "1e", "0x10", "1_000", "1 000",
            "(1)", "1%", "$1", "--1", "1-", "١", "1.5f", "1d", "true"];
        string[] integers = ["", " ", "0", "-0", "+3", "-3", " 7", "7 ", "\"7\"", "\" 7 \"", "\" 7\"", "\"7 \"", "007", "127", "128", "-128", "-129", "255", "256", "32768",
            "65536", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
            "18446744073709551616", "1.0", "1.5", "1e2", "NA", "?", "-", "x"];
        string[] truths = ["", " ", "true", "False", "T", "f", "y", "N", "yes", "no", "1", "0", "+1", "-1", "+", "-", " yes ", "\"yes\"", "\" yes\"", "\"yes \"", "\" no \"", "2", "on",
            "off", "NA", "?", "tru", "1.0", "0.0"];
        string[] texts = ["", " ", "DE", " DE", "DE ", "\"DE \"", "\" DE\"", "\"a,b\"", "\"a \"\"b\"\"\"", "NA", "null", "?", "a'b", "\"\"", "ä", "0"];
        string[] wrong =
        [
            .. Disagreements<float>(DataKind.Single, NumberDataViewType.Single, numbers),
            .. Disagreements<double>(DataKind.Double, NumberDataViewType.Double, numbers),
            .. Disagreements<sbyte>(DataKind.SByte, NumberDataViewType.SByte, integers),
            .. Disagreements<byte>(DataKind.Byte, NumberDataViewType.Byte, integers),
            .. Disagreements<short>(DataKind.Int16, NumberDataViewType.Int16, integers),
            .. Disagreements<int>(DataKind.Int32, NumberDataViewType.Int32, integers),
            .. Disagreements<uint>(DataKind.UInt32, NumberDataViewType.UInt32, integers),
            .. Disagreements<long>(DataKind.Int64, NumberDataViewType.Int64, integers),
            .. Disagreements<ulong>(DataKind.UInt64, NumberDataViewType.UInt64, integers),
            .. Disagreements<bool>(DataKind.Boolean, BooleanDataViewType.Instance, truths),
            .. Disagreements<ReadOnlyMemory<char>>(DataKind.String, TextDataViewType.Instance, texts),
        ];
        Assert.IsEmpty(wrong, string.Join('\n', wrong));
    }

    private static IEnumerable<string> Disagreements<T>(DataKind kind, DataViewType type, string[] cells)
    {
        using var work = new Workplace();
        var loader = new MLContext(1).Data.CreateTextLoader(new TextLoader.Options
        {
            Columns = [new TextLoader.Column("c", kind, 1)], Separators = [','], AllowQuoting = true,
        });
        var reader = (CellReader<T>)CellReaders.Of(type, null, "c", new CsvOptions());
        foreach (var cell in cells)
        {
            work.Write("cell.csv", $"1,{cell}\n");
            using var table = new CellTable(work["cell.csv"], new CsvOptions { HasHeader = false, KeepsBlanks = true });
            Assert.AreEqual(1, table.Advance(1));
            var read = Told(() => reader(table.Cells[1]));
            // What the loader refuses may be read.
            if (Told(() => loader.Load(work["cell.csv"]).GetColumn<T>("c").Single()) is { } loaded && read is not null && !read.Equals(loaded))
                yield return $"{kind} [{cell}] is {read}; the loader makes {loaded} of it";
        }
    }

    private static object? Told<T>(Func<T> read)
    {
        try
        {
            return read() is ReadOnlyMemory<char> text ? text.ToString() : read();
        }
        catch (FormatException)
        {
            return null;
        }
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
