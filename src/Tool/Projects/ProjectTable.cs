using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Pages;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>The rows of a project in memory, read once: as they stand in the file, and as data for its model.</summary>
internal sealed class ProjectTable
{
    /// <summary>The column with what rows are called.</summary>
    public const string NameColumn = "introspect.Row";

    /// <summary>The column with what is true of them.</summary>
    public const string TruthColumn = "introspect.Truth";

    private ProjectTable(RecordsView data, IReadOnlyList<long> numbers, IReadOnlyList<string>? truth, long total,
        IReadOnlyList<TableColumn> columns) =>
        (Data, Numbers, Truth, Total, Columns) = (data, numbers, truth, total, columns);

    /// <summary>The rows with the columns that the model was saved with, and the two above.</summary>
    public IDataView Data { get; }

    /// <summary>The number of each row in the file, from 0.</summary>
    public IReadOnlyList<long> Numbers { get; }

    /// <summary>What is true of each row; null where the file does not tell.</summary>
    public IReadOnlyList<string>? Truth { get; }

    /// <summary>How many rows the file has.</summary>
    public long Total { get; }

    /// <summary>The columns that the model reads, as they stand in the file.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Reads the rows of a file.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="model">The model.</param>
    /// <param name="needed">The names of the columns that it reads.</param>
    /// <param name="capacity">How many rows are kept at most, spread evenly over the file, besides those that are asked for.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="InvalidDataException">The file is damaged, lacks a column, or a row that is asked for.</exception>
    public static ProjectTable Read(ProjectRequest request, FittedModel model, IReadOnlySet<string> needed, int capacity,
        CancellationToken cancellation)
    {
        using var file = RecordFile.Open(request.Data, request.Csv, model.InputSchema, needed);
        var label = file.CarriedNames.ToList().IndexOf(request.Csv.LabelColumn ?? "");
        var (sample, asked, chosen) = (new EvenSample<(long, Record)>(capacity), request.Rows.ToHashSet(), new Dictionary<long, Record>());
        var total = 0L;
        for (; file.MoveNext(); total++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (number, isAsked) = (total, asked.Contains(total));
            if (!isAsked && !sample.Wants(number))
                continue;
            // Two cells more: the row's name, and what is true of it.
            var record = file.Current;
            record = record with
            {
                Cells = [.. record.Cells, FormattableString.Invariant($"row {number}"), label < 0 ? "" : file.Carried()[label]],
            };
            if (isAsked)
                chosen[number] = record;
            sample.Add(number, () => (number, record));
        }
        if (asked.Where(r => r >= total).Order().FirstOrDefault(-1) is >= 0 and var beyond)
            throw new InvalidDataException($"'{request.Data}' has {total:N0} rows, from 0 on; there is no row {beyond}.");
        foreach (var (number, record) in sample.Items)
            chosen[number] = record;
        var kept = chosen.OrderBy(r => r.Key).ToList();
        if (kept.Count == 0)
            throw new InvalidDataException($"'{request.Data}' holds no rows.");
        var width = kept[0].Value.Cells.Length;
        var (schema, columns) = Wider(model.InputSchema, file.Columns, width, request.Csv);
        return new ProjectTable(
            new RecordsView(schema, columns, [.. kept.Select(r => r.Value)]), [.. kept.Select(r => r.Key)],
            label < 0 ? null : [.. kept.Select(r => r.Value.Cells[width - 1])], total,
            [.. model.InputSchema.Where(c => needed.Contains(c.Name)).Select(c => TableColumn.Of(c, file.Columns[c.Index].Cells, kept))]);
    }

    private static (DataViewSchema Schema, IReadOnlyList<CellColumn> Columns) Wider(
        DataViewSchema schema, IReadOnlyList<CellColumn> columns, int width, CsvOptions csv)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in schema)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        builder.AddColumn(NameColumn, TextDataViewType.Instance);
        builder.AddColumn(TruthColumn, TextDataViewType.Instance);
        var wider = builder.ToSchema();
        return (wider,
        [
            .. columns, Added(NameColumn, width - 2), Added(TruthColumn, width - 1),
        ]);

        CellColumn Added(string name, int cell) => CellColumn.Of(wider[name], [cell], _ => (name, name), csv with { KeepsBlanks = true });
    }
}

/// <summary>A column that a model reads, as it stands in the file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsNumber">Whether the model takes its cells for numbers.</param>
/// <param name="Empty">How many cells are empty.</param>
/// <param name="Missing">How many cells say that a value is missing: NA, NaN.</param>
/// <param name="Distinct">How many different cells there are.</param>
internal sealed record TableColumn(string Name, bool IsNumber, int Empty, int Missing, int Distinct)
{
    public static TableColumn Of(
        DataViewSchema.Column column, IReadOnlyList<int> cells, IReadOnlyList<KeyValuePair<long, Record>> rows)
    {
        var type = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        var isNumber = type is NumberDataViewType;
        var (empty, missing, distinct) = (0, 0, new HashSet<string>());
        foreach (var (_, record) in rows)
        {
            foreach (var cell in cells)
            {
                var text = record.Cells[cell];
                if (string.IsNullOrWhiteSpace(text))
                    empty++;
                else if (isNumber && CsvNumber.TryParse<float>(text.Trim(), out var number, out _, allowsMissing: true)
                    && float.IsNaN(number))
                    missing++;
            }
            distinct.Add(cells is [var only] ? record.Cells[only] : string.Join('\0', cells.Select(c => record.Cells[c])));
        }
        return new TableColumn(column.Name, isNumber, empty, missing, distinct.Count);
    }
}
