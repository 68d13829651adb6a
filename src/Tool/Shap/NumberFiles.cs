using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>The files of a job whose rows are numbers: the rows to explain, and a background with the same features.</summary>
internal sealed class NumberFiles : IDisposable
{
    private readonly ShapJob _job;
    private readonly CsvOptions _csv;
    private readonly Scaling? _scaling;
    private int? _channels;

    /// <summary>Opens the rows to explain.</summary>
    /// <param name="job">The job.</param>
    /// <param name="modelNames">What the model calls its features; null where it names none.</param>
    /// <param name="allowsMissing">Whether the model has a rule for missing values.</param>
    public NumberFiles(ShapJob job, IReadOnlyList<string>? modelNames, bool allowsMissing)
    {
        _job = job;
        _csv = job.Csv with { Features = modelNames ?? [], AllowsMissing = allowsMissing, TargetColumn = job.Request.Outputs.LabelColumn };
        _scaling = job.Scale is { } file ? Scaling.Load(file) : null;
        Main = DataFile.Open(job.Data, _csv);
        if (_csv.TargetColumn is { } column && Main is not CsvDataFile)
        {
            Main.Dispose();
            throw new InvalidDataException($"The target label:{column} wants the class of each row in a column of a CSV file; '{job.Data}' is none.");
        }
    }

    /// <summary>The rows to explain.</summary>
    public DataFile Main { get; }

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
        var data = DataFile.Open(path, path == _job.Data ? _csv : _csv with { Features = Features, OnlyInputIsNeeded = true });
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

    private NumberRows Rows(DataFile data) => new(data, Features, _scaling?.For(data, _channels), data == Main && _csv.TargetColumn is not null);

    private static void Check(DataFile data, int features, IReadOnlyList<long>? shape)
    {
        if (data.Width != features)
            throw new InvalidDataException($"'{data.Path}' has {data.Description}; the model takes {features} feature{(features == 1 ? "" : "s")}. {data.Advice}".TrimEnd());
        // Rows of other extents may have the right number of elements in the wrong order (channels last, say).
        if (shape is not null && data.RowShape.Count > 1 && !data.RowShape.Where(e => e != 1).Select(e => (long)e).SequenceEqual(shape.Where(e => e != 1)))
            throw new InvalidDataException($"'{data.Path}' has {data.Description}; the model takes rows of shape [{string.Join(", ", shape)}], or flat rows.");
    }
}
