using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>
/// SQL Server: a procedure that has Python beside the server run the graph on the rows of a query. Tables there have no columns of lists,
/// so that lists come and go as JSON.
/// </summary>
internal sealed record SqlServerRecipe()
    : Recipe("sqlserver", "Explains the rows of a query within SQL Server: a procedure for its Machine Learning Services.", "explain.sql")
{
    private const int LongestName = 128;

    /// <inheritdoc/>
    public override string For(RecipeGraph graph)
    {
        var script = new StringBuilder("import json\n\nimport numpy as np\nimport onnxruntime as ort\nimport pandas as pd\n\n");
        // Programs that send T-SQL put their own variables in the place of $(NAME), in texts too.
        script.Append(PythonRecipe.Constants(graph).Replace("$", @"\U00000024", StringComparison.Ordinal));
        script.Append("BATCH = 4096\n\n\n").Append(PythonRecipe.OpenSession).Append("\n\n\n").Append(Python);
        var columns = string.Concat(graph.Outputs.Select(o => $",\n    {Quoted(o.Name)} {(o.IsSingle ? Kind(o.Type) : "nvarchar(max)")}"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            -- {Summary}
            -- It needs SQL Server 2017 or later with Machine Learning Services and Python, and onnxruntime among Python's packages there.
            --
            --   DECLARE @graph varbinary(max) =
            --       (SELECT BulkColumn FROM OPENROWSET(BULK N'C:\graphs\explanation.onnx', SINGLE_BLOB) AS file_of_graph);
            --   EXEC dbo.explain_rows @query = N'SELECT id, ... FROM ...', @graph = @graph;
            --
            -- The first column of the query is the key of a row. An input of the graph is a column of its name: a number, or a JSON
            -- array of numbers, the last axis fastest; or as many columns as it has numbers, NAME[0], NAME[1] and so on. What is no
            -- single number comes back as a JSON array, in which null is what is no finite number. Python is given a bigint as a
            -- float: larger ones than 9007199254740992 keep their digits as JSON.
            CREATE OR ALTER PROCEDURE dbo.explain_rows @query nvarchar(max), @graph varbinary(max)
            AS
            EXEC sp_execute_external_script
                @language = N'Python',
                @script = N'{script.Replace("'", "''")}',
                @input_data_1 = @query,
                @params = N'@graph varbinary(max)',
                @graph = @graph
            WITH RESULT SETS ((
                row_key nvarchar(max){columns}));

            """).ReplaceLineEndings("\n");
    }

    private const string Python = """
        def numbers(frame, name, kind, extents):
            width = int(np.prod(extents))
            if name in frame:
                if list(frame.columns).count(name) > 1:
                    raise ValueError(f"there is more than one column {name!r}")
                rows = [json.loads(value) if isinstance(value, str) else value for value in frame[name]]
                rows = [row if isinstance(row, list) else [row] for row in rows]
                lengths = {len(row) for row in rows}
                if any(number is None or number != number for row in rows for number in row):
                    raise ValueError(f"the column {name!r} has rows without numbers")
                if lengths - {width}:
                    raise ValueError(f"the column {name!r} has rows of {sorted(lengths)} numbers; {extents} were expected")
                flat = np.array(rows, dtype=kind)
            else:
                names = [f"{name}[{i}]" for i in range(width)]
                missing = [column for column in names if column not in frame]
                if missing:
                    raise ValueError(f"there is no column {name!r}, and none {missing[0]!r}; there are {list(frame.columns)}")
                if frame[names].isnull().values.any():
                    raise ValueError(f"the columns of {name!r} have rows without numbers")
                flat = frame[names].to_numpy().astype(kind)
            return flat.reshape((len(frame),) + extents)


        def texts(result):
            rows = result.reshape(len(result), -1)
            if np.isfinite(rows).all():
                return [json.dumps(row) for row in rows.tolist()]
            return [json.dumps([x if np.isfinite(x) else None for x in row]) for row in rows.tolist()]


        def explain(session, frame):
            found = session.run([name for name, _, _ in OUTPUTS],
                                {name: numbers(frame, name, kind, extents) for name, kind, extents in INPUTS})
            columns = [frame.iloc[:, 0].astype(str).reset_index(drop=True)]
            for (_, _, single), result in zip(OUTPUTS, found):
                columns.append(pd.Series(result.reshape(-1) if single else texts(result)))
            explained = pd.concat(columns, axis=1)
            explained.columns = ["row_key"] + [name for name, _, _ in OUTPUTS]
            return explained


        session = open_session(graph)
        parts = [explain(session, InputDataSet.iloc[at:at + BATCH]) for at in range(0, len(InputDataSet), BATCH)]
        OutputDataSet = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(
            columns=["row_key"] + [name for name, _, _ in OUTPUTS])
        """;

    // Names that end lines could end what a program sends, too.
    private static string Quoted(string name) => name.Length is > 0 and <= LongestName
        && !name.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029')
        && !name.Contains("$(", StringComparison.Ordinal) ? $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]"
        : throw new InvalidDataException($"The output {Literals.Escaped(name)} becomes a column of SQL Server: a name of 1 to "
            + $"{LongestName} letters was expected, without ends of lines and '$('. Compile the explanation with other "
            + "names (--attribution-name and others).");

    private static string Kind(ElementType type) => type switch
    {
        ElementType.Float => "real",
        ElementType.Double => "float",
        ElementType.Int64 => "bigint",
        ElementType.Int32 => "int",
        _ => "bit",
    };
}
