using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Tests;

namespace Microsoft.ML.Introspection.Recipes.Tests;

/// <summary>
/// The program that is written for Flink is compiled with ONNX Runtime's own classes, and run on stand-ins of Flink and ONNX Runtime that
/// come with the tests: rows pass through tables, tasks, batches and tensors as there. Without a JDK the tests are inconclusive; where
/// JDK_REQUIRED is set, they fail.
/// </summary>
[TestClass]
public sealed class RunningFlink
{
    // Ends texts, lines and comments of Java, whose escapes are read before anything else is.
    private const string Hostile = "a\"; System.exit(7); // \\u0022 \\\\u0022 \\\"\r\n\u0085\u2028{0} 🙂";

    private static readonly string Classes = Path.Combine(AppContext.BaseDirectory, "Java");

    [TestMethod]
    public async Task Rows_pass_through_the_graph_in_batches()
    {
        using var work = new Workplace();
        Doubling(work);
        (await work.RunAsync("recipe", "flink", "@h.onnx", "-o", "@Explain.java")).IsDone();
        Compile(work);
        var (code, output, error) = Java(work, "CREATE TABLE rows_in", Hostile, "explained");
        Assert.AreEqual((0, ""), (code, error));
        output = output.Replace(Hostile, "NAME");
        Assert.StartsWith("statement CREATE TABLE rows_in\nopened h.onnx with threads 1\nran 4096 rows\nran 4096 rows\nran 4096 rows\nran 904 rows\n",
            output);
        var lines = output.TrimEnd('\n').Split('\n')[8..];
        Assert.AreEqual("closed; tensors left open: 0", lines[0]);
        Assert.AreEqual("into explained", lines[1]);
        Assert.AreEqual("key STRING|NAME ARRAY<DOUBLE>|c ARRAY<INT>|b BIGINT|NAME! ARRAY<DOUBLE>|b2 BIGINT|c2 INT", lines[2]);
        Assert.HasCount(5003, lines);
        for (var i = 0; i < 5000; i++)
        {
            var cells = lines[i + 3].Split('|');
            Assert.AreEqual($"k{i}", cells[0]);
            // What Java writes of a number is read back as that number.
            double[] doubled = [.. cells[4].Trim('[', ']').Split(", ").Select(double.Parse)];
            CollectionAssert.AreEqual((double[])[2 * (i / 7.0), -2.0 * i], doubled);
            Assert.AreEqual($"{2 * (4611686018427380000 + i)}|{2 * i}", $"{cells[5]}|{cells[6]}");
        }
    }

    [TestMethod]
    public async Task What_rows_do_not_have_is_told()
    {
        using var work = new Workplace();
        Doubling(work);
        (await work.RunAsync("recipe", "flink", "@h.onnx", "-o", "@Explain.java")).IsDone();
        Compile(work);
        Refused($"{Hostile}|null", "has rows without numbers");
        Refused($"{Hostile}|hole", "has rows without numbers");
        Refused($"{Hostile}|long", "has rows of 3 numbers; 2 were expected");
        Refused("other", "There is no column '");
        Refused($"{Hostile}|none|c2", "There is no column 'b'");
        var (code, _, usage) = Java(work, "one");
        Assert.AreEqual(2, code);
        Assert.StartsWith("usage: ", usage);

        void Refused(string query, string says)
        {
            var (code, _, error) = Java(work, query, "explained");
            Assert.AreEqual(1, code);
            Assert.Contains(says, error);
        }
    }

    [TestMethod]
    public async Task ONNX_Runtime_has_what_it_calls()
    {
        using var work = new Workplace();
        (await work.RunAsync("compile", Workplace.Given("cnn_digits.onnx"), "--method", "saliency", "--pass-through", "logits=scores", "-o",
            "@explanation.onnx")).IsDone();
        (await work.RunAsync("recipe", "flink", "@explanation.onnx", "-o", "@Explain.java")).IsDone();
        Assert.Contains("OnnxJavaType.FLOAT, false, 1L, 8L, 8L)", File.ReadAllText(work["Explain.java"]));
        var android = typeof(RunningFlink).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single().Value!;
        if (!File.Exists(android))
            Assert.Inconclusive($"This package of ONNX Runtime has no classes of Java ({android}).");
        using (var archive = ZipFile.OpenRead(android))
            archive.GetEntry("classes.jar")!.ExtractToFile(work["onnxruntime.jar"]);
        Compile(work, work["onnxruntime.jar"]);
    }

    private static void Doubling(Workplace work)
    {
        var graph = new Graph();
        Value[] inputs =
        [
            graph.Input(Hostile, ElementType.Double, new Shape([Dimension.Symbol("N"), 2])),
            graph.Input("b", ElementType.Int64, new Shape([Dimension.Symbol("N")])),
            graph.Input("c", ElementType.Int32, new Shape([Dimension.Symbol("N"), 1])),
        ];
        graph.ToModel([(Hostile + "!", inputs[0] + inputs[0]), ("b2", inputs[1] + inputs[1]), ("c2", inputs[2] + inputs[2])]).Save(work["h.onnx"]);
    }

    // Stand-ins are compiled where nothing else has the class.
    private static void Compile(Workplace work, string? jar = null)
    {
        string[] own = [.. Directory.EnumerateFiles(Classes, "*.java", SearchOption.AllDirectories)
            .Where(file => jar is null || !file.Contains("onnxruntime", StringComparison.Ordinal))];
        var (code, output, error) = Run("javac", work, ["-proc:none", "-Xlint:all,-serial,-options", "-Werror", "--release", "11",
            .. jar is null ? [] : (string[])["-cp", jar], "-d", work["classes"], .. own, work["Explain.java"]]);
        Assert.AreEqual((0, ""), (code, error), output);
    }

    private static (int Code, string Output, string Error) Java(Workplace work, params string[] arguments) =>
        Run("java", work, ["-Dfile.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8", "-cp", work["classes"], "Explain", .. arguments]);

    private static (int Code, string Output, string Error) Run(string program, Workplace work, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8, WorkingDirectory = work[""],
        };
        // Arguments are texts of the locale.
        start.Environment["LC_ALL"] = "C.UTF-8";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            const string missing = "There is no JDK on this machine: install it (Debian: apt-get install default-jdk-headless).";
            if (Environment.GetEnvironmentVariable("JDK_REQUIRED") is { Length: > 0 })
                Assert.Fail(missing);
            Assert.Inconclusive(missing);
            throw;
        }
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
    }
}
