using Microsoft.ML;
using Microsoft.ML.Introspection.Estimators;

namespace Introspected;

/// <summary>The model with what explains it. One for the whole program; engines are made of it.</summary>
public sealed class ExplainedModel : IDisposable
{
    private readonly MLContext _context = new(seed: 1);
    private readonly ExplainedPredictions _explained;

    /// <summary>Opens the model of a folder: <c>model.zip</c>, and rows that stand for what is usual, <c>houses.csv</c>.</summary>
    public ExplainedModel(string folder)
    {
        var (model, rows) = (Path.Combine(folder, "model.zip"), Load(Path.Combine(folder, "houses.csv")));
        // A model to begin with. Put yours in its place: one of Model Builder's (.mlnet) is such a file, too.
        if (!File.Exists(model))
            _context.Model.Save(Train(rows), rows.Schema, model);
        _explained = _context.Transforms.Explain(_context.Model.Load(model, out _)).Fit(rows);
    }

    /// <summary>Reads rows of a file.</summary>
    public IDataView Load(string path) => File.Exists(path)
        ? _context.Data.LoadFromTextFile<House>(path, separatorChar: ',', hasHeader: true, allowQuoting: true)
        : throw new FileNotFoundException($"There is no file '{path}'.", path);

    /// <summary>Turns rows of a file into objects, one after the other.</summary>
    public IEnumerable<House> Read(string path) => _context.Data.CreateEnumerable<House>(Load(path), reuseRowObject: false);

    /// <summary>Predicts and explains single objects. An engine is for one thread at a time.</summary>
    public ExplanationEngine<House> CreateEngine() => _context.Model.CreateExplanationEngine<House>(_explained);

    public void Dispose() => _explained.Dispose();

    private ITransformer Train(IDataView rows) => _context.Transforms.Categorical.OneHotEncoding(nameof(House.District))
        .Append(_context.Transforms.Concatenate(
            "Features", nameof(House.District), nameof(House.Area), nameof(House.Rooms), nameof(House.YearBuilt)))
        .Append(_context.Regression.Trainers.FastTree(nameof(House.Price), numberOfTrees: 100, numberOfLeaves: 20))
        .Fit(rows);
}
