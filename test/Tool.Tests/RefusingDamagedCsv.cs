using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class RefusingDamagedCsv
{
    [TestMethod]
    [DataRow("", "is empty")]
    [DataRow("\n\n", "is empty")]
    [DataRow("a,b\n", "holds no rows")]
    [DataRow("a,b\n1,2\n3\n", "line 3: 2 cells were expected, as in the lines before; 1 were found")]
    [DataRow("a,b\n1,2\n\n3,4,5\n", "line 4: 2 cells were expected, as in the lines before; 3 were found")]
    [DataRow("a,b\n1,2,3\n", "line 2: 2 cells were expected")]
    [DataRow("a,b\n1,2\n3,NaN\n", "line 3, column 2 ('b'): the value is missing ('NaN')")]
    [DataRow("a,b\n1,2\n3,\n", "line 3, column 2 ('b'): the value is missing ('')")]
    [DataRow("a,b\n1,2\nNA,4\n", "line 3, column 1 ('a'): the value is missing ('NA')")]
    [DataRow("a,b\n,2\n", "line 2, column 1 ('a'): the value is missing")]
    [DataRow("a,b\n1,2\n3,four\n", "line 3, column 2 ('b'): 'four' is not a number")]
    [DataRow("1,2\n3,x\n", "line 2, column 2: 'x' is not a number")]
    [DataRow("a,b\n1,2\n3,\"4,5\"\n", "line 3, column 2 ('b'): '4,5' is not a number. The decimal mark is a point.")]
    [DataRow("a,b\n1,2\n3,1 000\n", "'1 000' is not a number")]
    [DataRow("a,b\n1,2\n3,\"4\"x\n", "line 3, column 2: the quotation marks do not pair up")]
    [DataRow("a,b\n1,2\n3,\"4\n", "from line 3 on, column 2: the quotation marks do not pair up")]
    [DataRow("a,b\n1,2\n\"3,4\n5,6\n", "from line 3 on, column 1: the quotation marks do not pair up")]
    [DataRow("a,b\n1,2\n3\0,4\n", "holds the character 0")]
    public async Task Names_line_and_column(string csv, string says)
    {
        using var work = ReadingCsv.Linear(csv);
        work.Write("out.csv", "older");
        (await ReadingCsv.Explain(work)).Failed("rows.csv", says);
        Assert.AreEqual("older", File.ReadAllText(work["out.csv"]), "what lay there stays");
        CollectionAssert.AreEqual((string[])["model.onnx", "out.csv", "rows.csv"], work.Files);
    }

    [TestMethod]
    public async Task Bounds_cells_and_lines()
    {
        using var work = ReadingCsv.Linear("a,b\n1,2\n3,\"" + new string('x', 70_000) + "\"\n");
        (await ReadingCsv.Explain(work)).Failed("rows.csv, line 3", "more than 65536 characters");
        work.Write("rows.csv", "a,b\n1,2\n" + new string(',', (1 << 26) + (1 << 17)));
        (await ReadingCsv.Explain(work)).Failed("rows.csv", "has a line of more than 67108864 characters");
    }

    [TestMethod]
    public async Task Survives_anything()
    {
        // A failure names the seed's iteration; every file either explains whole or fails in one line and leaves nothing.
        var random = new Random(20240607);
        string[] pieces = ["1", "-2.5", "1e5", "NaN", "", "x", "\"", "\"\"", "\"a,b\"", ",", ",", ",", "\n", "\n", "\r\n", "\r", " ", "\t",
            ";", "é", "\ud83d\ude00", "1,2\n", "a,b\n", "3,4\n", "Infinity", "=1+1"];
        var done = 0;
        for (var i = 0; i < 400; i++)
        {
            var csv = new StringBuilder(random.Next(3) == 0 ? "a,b\n1,2\n" : "");
            for (var length = random.Next(12); length > 0; length--)
                csv.Append(pieces[random.Next(pieces.Length)]);
            using var work = ReadingCsv.Linear(csv.ToString());
            var outcome = await ReadingCsv.Explain(work);
            outcome = outcome with { Error = Regex.Replace(outcome.Error, "^note: .*\n", "", RegexOptions.Multiline) };
            if (outcome.ExitCode == 0)
            {
                done++;
                outcome.IsDone();
                Assert.AreEqual(1 + int.Parse(Regex.Match(outcome.Out, @"Explained (\d+) rows").Groups[1].Value),
                    work.ReadCsv("out.csv").Length, $"iteration {i}");
                continue;
            }
            outcome.Failed("rows.csv");
            Assert.DoesNotContain("Unexpected", outcome.Error, $"iteration {i}");
            CollectionAssert.AreEqual((string[])["model.onnx", "rows.csv"], work.Files, $"iteration {i}");
        }
        Finite.Above(10, done, "some files are sound");
    }
}
