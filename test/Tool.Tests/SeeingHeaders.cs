using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Whether the first line names the columns: known where names are, else seen from its form, and said where unsure.</summary>
[TestClass]
public class SeeingHeaders
{
    [TestMethod]
    [DataRow("3,1,0,2\n-0.9,0.3,0.1,-0.3\n", "0 1 2 3", true, "holds the names of the model's features")]
    [DataRow(",0,1,2,3\n0,-0.9,0.3,0.1,-0.3\n", "0 1 2 3", true, null, DisplayName = "with an index as pandas writes it")]
    [DataRow("2019,2020\n1,2\n", "2019 2020", true, "holds the names")]
    [DataRow("400.5,401\n1,2\n", "401 400.5", true, "holds the names")]
    [DataRow("5,3\n1.5,2\n", "0 1", false, "is taken for a row; if it is their names, say --header", DisplayName = "other numbers")]
    [DataRow("5,3\n1,2\n", "0 1", false, null, DisplayName = "whole numbers throughout")]
    [DataRow("0.5,3\n1,2\n", "0 1", false, null)]
    [DataRow("mean size,7\n1,2\n", "mean_size 7", true, null, DisplayName = "lines for blanks")]
    [DataRow("1\n2\n", "1", false, null, DisplayName = "a single number names nothing")]
    [DataRow("\"3\",\"1\",\"0\",\"2\"\n0.5,0,1,2\n", "0 1 2 3", true, "holds the names", DisplayName = "in quotation marks")]
    [DataRow("\uFEFF1,0\n0.5,1\n", "0 1", true, "holds the names", DisplayName = "behind a byte order mark")]
    [DataRow(" 1 ,\t0\r\n0.5,1\r\n", "0 1", true, "holds the names", DisplayName = "between blanks")]
    [DataRow("1E2,1e-3,-5\n1,2,3\n", "-5 1E2 1e-3", true, "holds the names", DisplayName = "with exponents and signs")]
    [DataRow("0,1,1\n0.5,1,2\n", "0 1 2", false, "is taken for a row", DisplayName = "one name twice, another missing")]
    [DataRow("0,1,1\n1,1,2\n", "0 1 2", false, null, DisplayName = "numbers that are names throughout")]
    [DataRow("0,1,2,1\n0.5,1,2,3\n", "0 1 2", true, "holds the names", DisplayName = "all, and one twice")]
    [DataRow(",,1,0\n0,a,0.5,1\n", "0 1", true, null, DisplayName = "beside columns without names")]
    [DataRow("1,0,\n0.5,1,\n", "0 1", true, null, DisplayName = "and a comma at the end")]
    [DataRow("2019,2020,2021\n1,2,2\n", "", false, "is taken for a row")]
    [DataRow("id,2019,2020\n17,1,2\n", "", true, "is taken for the names of the columns; if it is a row, say --no-header")]
    [DataRow("ann,0.5,0.5\n17,1,2\n", "", false, "is taken for a row", DisplayName = "a text id over a numeric one")]
    [DataRow("1,1\n2,3\n", "", false, null)]
    [DataRow("a,b\n1,2\n", "", true, null)]
    public void By_what_is_known(string csv, string features, bool isHeader, string? note)
    {
        using var work = new Workplace();
        work.Write("rows.csv", csv);
        var notes = new List<string>();
        var options = new CsvOptions { Features = features.Split(' ', StringSplitOptions.RemoveEmptyEntries), Note = notes.Add };
        using var table = new CellTable(work["rows.csv"], options);
        Assert.AreEqual(isHeader, table.Header is not null);
        if (note is null)
            Assert.IsEmpty(notes);
        else
            Assert.Contains(note, notes.Single());
        notes.Clear();
        using var said = new CellTable(work["rows.csv"], options with { HasHeader = true });
        Assert.IsNotNull(said.Header);
        Assert.IsEmpty(notes);
    }

    [TestMethod]
    public void By_the_columns_that_the_user_names()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "7,key,8\nx,y,1\n");
        using var table = new CellTable(work["rows.csv"], new CsvOptions { IdColumns = ["key"] });
        CollectionAssert.AreEqual((string[])["7", "key", "8"], table.Header);
    }

    [TestMethod]
    public async Task Columns_of_numbers_are_put_in_the_order_of_the_model()
    {
        using var work = new Workplace();
        work.Write("model.json", File.ReadAllText(Workplace.Given("xgb17_stopped.json"))
            .Replace("\"feature_names\":[]", "\"feature_names\":[\"0\",\"1\",\"2\",\"3\"]"));
        work.Write("rows.csv", "3,1,0,2\n0.104900114,-0.132104859,0.125730217,0.640422642\n");
        var outcome = await work.RunAsync("shap", "@model.json", "--data", "@rows.csv", "-o", "@out.csv");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        var table = work.ReadCsv("out.csv");
        Assert.HasCount(2, table);
        CollectionAssert.AreEqual((string[])["0", "1", "2", "3"], table[0][4..]);
        Near.Relative([0.5500524], [Shap.ShapFiles.Number(table[1][2])], 1e-6);
        Assert.Contains("note: The model was stopped early: its best round is 3 of 13", outcome.Error);
        Assert.Contains("Choose with --rounds best|all|N.", outcome.Error);
        Assert.Contains("is taken for the names of the columns; if it is a row, say --no-header", outcome.Error);

        outcome = await work.RunAsync("shap", "@model.json", "--rounds", "all", "--data", "@rows.csv", "-o", "@out.csv");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Near.Relative([0.26048467], [Shap.ShapFiles.Number(work.ReadCsv("out.csv")[1][2])], 1e-6);
        // A run matches no names: the columns in the order of the model.
        work.Write("rows.csv", "a,b,c,d\n0.125730217,-0.132104859,0.640422642,0.104900114\n");
        Assert.AreEqual(0,
            (await work.RunAsync("run", "@model.json", "--rounds", "3", "--data", "@rows.csv", "-o", "@out.csv")).ExitCode);
        Near.Relative([0.5500524], [Shap.ShapFiles.Number(work.ReadCsv("out.csv")[1][^1])], 1e-6);
        (await work.RunAsync("shap", "@model.json", "--rounds", "14", "--data", "@rows.csv", "-o", "@out.csv"))
            .Failed("The model has 13 rounds; the first 14 were asked for.");
        (await work.RunAsync("shap", "@model.json", "--rounds", "few", "--data", "@rows.csv", "-o", "@out.csv"))
            .WasWrongUse("'best', 'all', or how many");
    }
}
