using Microsoft.ML;
using Microsoft.ML.Introspection.Estimators;

namespace Introspected;

/// <summary>The model with what explains it. One for the whole program; engines are made of it.</summary>
public sealed class ExplainedModel : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly ExplainedPredictions _explained;
    private readonly string _folder;

    /// <summary>Opens the model of a folder: <c>model.zip</c>, and rows that stand for what is usual, <c>houses.csv</c>.</summary>
    public ExplainedModel(string folder)
    {
        _folder = folder;
        var (model, rows) = (Path.Combine(folder, "model.zip"), Load(Path.Combine(folder, "houses.csv")));
        // A model to begin with. Put yours in its place: one of Model Builder's (.mlnet) is such a file, too.
        if (!File.Exists(model))
            _context.Model.Save(Train(rows), rows.Schema, model);
        _explained = _context.Transforms.Explain(_context.Model.Load(model, out _)).Fit(rows);
        Sample = _context.Data.CreateEnumerable<House>(_context.Data.TakeRows(rows, 1), reuseRowObject: false).First();
    }

    /// <summary>A row of what is usual.</summary>
    public House Sample { get; }

    /// <summary>Reads rows of a file, whose columns are those of <c>houses.csv</c>; the last, which is predicted, may be missing.</summary>
    public IDataView Load(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        var (found, expected) = (Columns(path), Columns(Path.Combine(_folder, "houses.csv")));
        if (!found.SequenceEqual(expected) && !found.SequenceEqual(expected[..^1]))
            throw new InvalidDataException(
                $"'{path}' begins with the columns '{string.Join(',', found)}'; '{string.Join(',', expected)}' were expected.");
        return _context.Data.LoadFromTextFile<House>(path, separatorChar: ',', hasHeader: true, allowQuoting: true);
    }

    /// <summary>Turns rows of a file into objects, one after the other.</summary>
    public IEnumerable<House> Read(string path) => _context.Data.CreateEnumerable<House>(Load(path), reuseRowObject: false);

    /// <summary>The same as they are wanted: nobody reads ahead of who cannot follow.</summary>
    public IAsyncEnumerable<House> ReadAsync(string path, CancellationToken cancellation) =>
        _context.Data.CreateAsyncEnumerable<House>(Load(path), cancellation: cancellation);

    /// <summary>Predicts and explains single objects. An engine is for one thread at a time.</summary>
    public ExplanationEngine<House> CreateEngine() => _context.Model.CreateExplanationEngine<House>(_explained);

    /// <summary>Predicts and explains for any number of threads, a few rows at once.</summary>
    public ExplanationPool<House> CreatePool(ExplanationPoolOptions options) =>
        _context.Model.CreateExplanationPool<House>(_explained, options);

    public void Dispose() => _explained.Dispose();

    private static string[] Columns(string path) => File.ReadLines(path).FirstOrDefault("").Split(',');

    private ITransformer Train(IDataView rows) => _context.Transforms.Categorical.OneHotEncoding(nameof(House.District))
        .Append(_context.Transforms.Concatenate(
            "Features", nameof(House.District), nameof(House.Area), nameof(House.Rooms), nameof(House.YearBuilt)))
        .Append(_context.Regression.Trainers.FastTree(nameof(House.Price), numberOfTrees: 100, numberOfLeaves: 20))
        .Fit(rows);
}
