using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>The files of a job whose rows are numbers: the rows to explain, and a background with the same features.</summary>
internal sealed class NumberFiles : IDisposable
{
    private readonly string _data;
    private readonly CsvOptions _csv;
    private readonly Scaling? _scaling;
    private readonly bool _tellsClasses;
    private int? _channels;

    /// <summary>Opens the rows to explain.</summary>
    /// <param name="job">The job.</param>
    /// <param name="modelNames">What the model calls its features; null where it names none.</param>
    /// <param name="allowsMissing">Whether the model has a rule for missing values.</param>
    public NumberFiles(ShapJob job, IReadOnlyList<string>? modelNames, bool allowsMissing)
        : this(job.Data, job.Csv, job.Scale, job.Request.Outputs, modelNames, allowsMissing)
    {
    }

    /// <summary>Opens rows.</summary>
    /// <param name="data">The file.</param>
    /// <param name="csv">How it is read if it is CSV.</param>
    /// <param name="scale">How rows are scaled first; null for not at all.</param>
    /// <param name="outputs">What may want the class of each row; null for nothing.</param>
    /// <param name="modelNames">What the model calls its features; null where it names none.</param>
    /// <param name="allowsMissing">Whether the model has a rule for missing values.</param>
    public NumberFiles(string data, CsvOptions csv, string? scale, OutputChoice? outputs, IReadOnlyList<string>? modelNames,
        bool allowsMissing)
    {
        (_data, _tellsClasses) = (data, outputs?.LabelColumn is not null);
        _csv = csv with { Features = modelNames ?? [], AllowsMissing = allowsMissing, TargetColumn = outputs?.LabelColumn };
        _scaling = scale is not null ? Scaling.Load(scale) : null;
        Main = Opened(data, _csv);
        if (_csv.TargetColumn is { } column && Main.Tensors.Count < 2)
        {
            Main.Dispose();
            throw new InvalidDataException(
                $"The target label:{column} wants the class of each row in a column of a CSV file; '{data}' is none.");
        }
    }

    /// <summary>The rows to explain.</summary>
    public RowSource Main { get; }

    /// <summary>What they hold.</summary>
    public RowTensor Given => Main.Tensors[0];

    /// <summary>The names of the features; none before <see cref="Named"/>.</summary>
    public IReadOnlyList<string> Features { get; private set; } = [];

    /// <summary>Checks that the rows fit the model.</summary>
    /// <param name="features">How many features the model has.</param>
    /// <param name="shape">The extents of a row of the model's input, where it has one.</param>
    /// <exception cref="InvalidDataException">They do not fit.</exception>
    public void Fit(int features, IReadOnlyList<long>? shape = null)
    {
        Check(Main, features, shape);
        _channels = shape is { Count: > 1 } ? (int)shape[0] : null;
    }

    /// <summary>The rows to explain, when it is known what the features are called.</summary>
    public NumberRows Named(IReadOnlyList<string> features)
    {
        Features = features;
        return Rows(Main);
    }

    /// <summary>Opens a further file with the same features, or the same one again.</summary>
    public NumberRows Open(string path)
    {
        var data = Opened(path, path == _data ? _csv : _csv with { Features = Features, OnlyInputIsNeeded = true });
        try
        {
            Check(data, Features.Count, null);
            return Rows(data);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public void Dispose() => Main.Dispose();

    private NumberRows Rows(RowSource data) =>
        new(data, Features, _scaling?.For(data.Name, data.Tensors[0], _channels), data == Main && _tellsClasses);

    // Of an archive the one array that is not the target's.
    private static RowSource Opened(string path, CsvOptions csv) => DataFiles.Open(path, csv, names =>
        [.. DataFiles.Only(path, [.. names.Where(n => n != csv.TargetColumn)]), .. names.Where(n => n == csv.TargetColumn)]);

    private static void Check(RowSource data, int features, IReadOnlyList<long>? shape)
    {
        var rows = data.Tensors[0];
        if (rows.Width != features)
        {
            var wanted = $"{features} feature{(features == 1 ? "" : "s")}";
            throw new InvalidDataException($"'{data.Name}' has {rows.Description}; the model takes {wanted}. {data.Advice}".TrimEnd());
        }
        if (shape is not null && !rows.HasOrderOf(shape))
            throw new InvalidDataException(
                $"'{data.Name}' has {rows.Description}; the model takes rows of shape [{string.Join(", ", shape)}], or flat rows.");
    }
}
