namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>
/// The networks here explain two numbers a row by x·W with the target 0, so attributions input × gradient are x₀ and x₁/2.
/// </summary>
[TestClass]
public class ReadingCsv
{
    [TestMethod]
    [DataRow("a,b\n1,2\n3,4\n", "a b", DisplayName = "names over numbers")]
    [DataRow("1,2\n3,4\n", "x[0] x[1]", DisplayName = "numbers from the first line on")]
    [DataRow("\ufeffa,b\r\n1,2\r\n3,4", "a b", DisplayName = "byte order mark, Windows line ends, no last line end")]
    [DataRow("a,b\n\n1,2\n   \n3,4\n\n", "a b", DisplayName = "blank lines")]
    [DataRow("\"a\",\"b, c\"\n\"1\",\" 2 \"\n 3 ,4\n", "a \"b, c\"", DisplayName = "quotes and outer blanks")]
    [DataRow("a,name,b\n1,one,2\n3,three,4\n", "a b", DisplayName = "a column of text is left out")]
    [DataRow("ann,1,2\nbob,3,4\n", "x[0] x[1]", DisplayName = "text goes on as it began: no header")]
    [DataRow("ann,1,2\n", null, DisplayName = "a single line with text is a header")]
    [DataRow("a,b\n1e0,2.0\n+3,4e+0\n", "a b", DisplayName = "ways to write numbers")]
    public async Task Sees_header_and_columns(string csv, string? names)
    {
        using var work = Linear(csv);
        var outcome = await Explain(work);
        if (names is null)
        {
            outcome.Failed("rows.csv' holds no rows", "--no-header");
            return;
        }
        outcome.IsDone();
        Assert.AreEqual(
            $"row,target,score,{names.Replace("b, c", "b; c").Replace(' ', ',').Replace("b;,c", "b, c")}\n0,0,2,1,1\n1,0,5,3,2\n",
            File.ReadAllText(work["out.csv"]));
    }

    [TestMethod]
    public async Task Takes_the_word_of_the_user_about_the_header()
    {
        using var work = Linear("1,2\n3,4\n");
        (await Explain(work, "--header")).IsDone();
        CollectionAssert.AreEqual((string[])["row", "target", "score", "1", "2"], work.ReadCsv("out.csv")[0]);
        Assert.HasCount(2, work.ReadCsv("out.csv"));

        work.Write("rows.csv", "ann,1,2\n");
        (await Explain(work, "--no-header", "--id-column", "1")).IsDone();
        CollectionAssert.AreEqual((string[])["row", "1", "target", "score", "x[0]", "x[1]"], work.ReadCsv("out.csv")[0]);
        CollectionAssert.AreEqual((string[])["0", "ann", "0", "2", "1", "1"], work.ReadCsv("out.csv")[1]);
        (await Explain(work, "--no-header", "--header")).WasWrongUse("contradict");
    }

    [TestMethod]
    [DataRow("a,c", "1", "1.5")]
    [DataRow("c,a", "3", "0.5")]
    [DataRow("b..c", "2", "1.5")]
    [DataRow(" a , d, e ", "1", "2")]
    [DataRow("a..b", "1", "1")]
    [DataRow("a,\"d, e\"", "1", "2")]
    public async Task Chooses_columns_by_name(string columns, string first, string second)
    {
        using var work = Linear("a,b,c,\"d, e\",x..y\n1,2,3,4,5\n");
        var outcome = await Explain(work, "--columns", columns);
        if (columns.StartsWith(' '))
        {
            outcome.Failed("--columns 'd'", "no such column; it has 'a', 'b', 'c', 'd, e', 'x..y'");
            return;
        }
        outcome.IsDone();
        CollectionAssert.AreEqual((string[])[first, second], work.ReadCsv("out.csv")[1][3..]);
    }

    [TestMethod]
    public async Task Takes_columns_from_several_options_and_names_with_points()
    {
        using var work = Linear("a,b,x..y\n1,2,3\n");
        (await Explain(work, "--columns", "a", "--columns", "x..y")).IsDone();
        CollectionAssert.AreEqual((string[])["1", "1.5"], work.ReadCsv("out.csv")[1][3..]);
    }

    [TestMethod]
    [DataRow("2..3", "2", "1.5")]
    [DataRow("3,1", "3", "0.5")]
    public async Task Chooses_columns_by_number_where_they_have_no_names(string columns, string first, string second)
    {
        using var work = Linear("1,2,3\n4,5,6\n");
        (await Explain(work, "--columns", columns)).IsDone();
        CollectionAssert.AreEqual((string[])[first, second], work.ReadCsv("out.csv")[1][3..]);
        (await Explain(work, "--columns", "4,1")).Failed("does not name its columns; they are called 1 to 3");
    }

    [TestMethod]
    public async Task Refuses_columns_that_do_not_make_the_input()
    {
        using var work = Linear("a,b,c,a\n1,2,3,4\n");
        (await Explain(work)).Failed("rows.csv' has 4 columns of numbers from 'a' to 'a'", "the input 'x' [batch, 2] takes 2 numbers a row",
            "--columns", "--label-column");
        (await Explain(work, "--columns", "b")).Failed("has 1 chosen columns");
        (await Explain(work, "--columns", "a,b")).Failed("several columns of that name");
        (await Explain(work, "--columns", "c..b")).Failed("the first of these columns stands behind the last");
        (await Explain(work, "--label-column", "z", "--id-column", "b")).Failed("--label-column 'z'", "no such column");
        work.Write("rows.csv", "a\none\n");
        (await Explain(work, "--header")).Failed("has no column of numbers");
    }

    [TestMethod]
    [DataRow(";", "a;b\n1;2\n3;4\n")]
    [DataRow("tab", "a\tb\n1\t2\n3\t4\n")]
    [DataRow("|", "a|b\n1|2\n3|4\n")]
    public async Task Takes_other_delimiters(string delimiter, string csv)
    {
        using var work = Linear(csv);
        (await Explain(work)).Failed();
        (await Explain(work, "--delimiter", delimiter)).IsDone();
        Assert.AreEqual("row,target,score,a,b\n0,0,2,1,1\n1,0,5,3,2\n", File.ReadAllText(work["out.csv"]));
        (await Explain(work, "--delimiter", "::")).WasWrongUse("--delimiter takes one character");
    }

    [TestMethod]
    public async Task Knows_tabulators_by_the_name_of_the_file()
    {
        using var work = Linear("");
        work.Write("rows.tsv", "a\tb\n1\t2\n3\t4\n");
        (await work.RunAsync("explain", "@model.onnx", "--data", "@rows.tsv", "-m", "saliency", "-o", "@out.csv")).IsDone();
    }

    [TestMethod]
    public async Task Takes_infinity_where_it_is_meant()
    {
        using var work = Linear("a,b\n1,Infinity\n");
        (await Explain(work)).IsDone();
        work.Write("rows.csv", "a,b\n1,1e39\n");
        (await Explain(work)).Failed("rows.csv, line 2, column 2 ('b'): '1e39' is too large");
    }

    internal static Workplace Linear(string csv)
    {
        var work = new Workplace();
        TinyNetworks.Linear().Save(work);
        work.Write("rows.csv", csv);
        return work;
    }

    internal static Task<Outcome> Explain(Workplace work, params string[] options) => work.RunAsync(
        ["explain", "@model.onnx", "--data", "@rows.csv", "-m", "input-x-gradient", "-t", "0", .. options, "-o", "@out.csv"]);
}
