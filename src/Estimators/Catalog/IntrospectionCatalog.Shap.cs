using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Estimators.Shap;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML;

public static partial class IntrospectionCatalog
{
    /// <summary>
    /// SHAP values of a trained model: what each slot of its feature column adds to the score, positive where it raises it; base value and
    /// values of a row sum to its score. Exact for trees (FastTree, FastForest, GAM, LightGBM) and linear models, calibrated and
    /// one-versus-all ones included. Lundberg, Lee 2017, arXiv:1705.07874; Lundberg et al. 2020, arXiv:1905.04610.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">
    /// The name of the column: a vector with a value for each slot of the feature column and its slot names; of several classes a block for
    /// each, unless <see cref="ShapOptions.Target"/> chooses one.
    /// </param>
    /// <param name="predictionTransformer">
    /// The model, such as <c>model.LastTransformer</c> of a fitted chain. Its feature column must be in the data.
    /// </param>
    /// <param name="options">What is explained and how, further columns; null for raw scores of all classes.</param>
    /// <exception cref="ArgumentException">The model reads no single feature column, or options contradict each other.</exception>
    /// <example>
    /// <code>
    /// var model = mlContext.Transforms.Concatenate("Features", columns)
    ///     .Append(mlContext.BinaryClassification.Trainers.FastTree()).Fit(training);
    /// var explaining = mlContext.Transforms.Shap("Shap", model.LastTransformer, new ShapOptions { BaseValueColumnName = "Base" });
    /// var scored = model.Transform(unseen);
    /// var explained = explaining.Fit(model.Transform(training)).Transform(scored);
    /// </code>
    /// </example>
    public static ShapEstimator Shap(
        this TransformsCatalog catalog, string outputColumnName, ISingleFeaturePredictionTransformer<object> predictionTransformer,
        ShapOptions? options = null) =>
        new(catalog, outputColumnName, options ?? new ShapOptions(), () => new PredictorSource(predictionTransformer));

    /// <summary>
    /// SHAP values in the place of ML.NET's <c>CalculateFeatureContribution</c>: the same arguments, the same column
    /// <c>FeatureContributions</c>, the strongest contributions to the score divided by the largest; zero for all others.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="predictionTransformer">
    /// The model, such as <c>model.LastTransformer</c> of a fitted chain. Its feature column must be in the data.
    /// </param>
    /// <param name="numberOfPositiveContributions">How many of the largest positive values of a row are kept.</param>
    /// <param name="numberOfNegativeContributions">How many of the largest negative values are kept.</param>
    /// <param name="normalize">Whether the values are divided by the largest magnitude among those that are kept.</param>
    /// <inheritdoc cref="Shap(TransformsCatalog, string, ISingleFeaturePredictionTransformer{object}, ShapOptions?)" path="/exception"/>
    public static ShapEstimator Shap(
        this TransformsCatalog catalog, ISingleFeaturePredictionTransformer<object> predictionTransformer,
        int numberOfPositiveContributions = 10, int numberOfNegativeContributions = 10, bool normalize = true) =>
        catalog.Shap("FeatureContributions", predictionTransformer, new ShapOptions
        {
            NumberOfPositiveContributions = numberOfPositiveContributions, NumberOfNegativeContributions = numberOfNegativeContributions,
            Normalize = normalize,
        });

    /// <summary>
    /// SHAP values of a whole fitted pipeline, whatever is in it, with its raw input columns as features: numbers, texts, categories. The
    /// pipeline is asked for the scores of rows in which some columns come from background rows.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">
    /// The name of the column: a vector with a value for each feature and their names; of several classes a block for each.
    /// </param>
    /// <param name="pipeline">
    /// The pipeline, as <c>Fit</c> or <c>Model.Load</c> gives it. It belongs to the caller, and must live as long.
    /// </param>
    /// <param name="options">
    /// What is explained and how, further columns; null for all coalitions of up to 10 features, and permutations of more.
    /// </param>
    /// <remarks>
    /// There is no ONNX graph of a pipeline, so that a chain with this step cannot be saved; add the step anew after loading.
    /// </remarks>
    public static ShapEstimator Shap(this TransformsCatalog catalog, string outputColumnName, ITransformer pipeline,
        ShapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return new(catalog, outputColumnName, options ?? new ShapOptions(), () => new PipelineSource(pipeline));
    }

    /// <summary>
    /// Predictions and their reasons in one call: the raw columns of a fitted pipeline, what it predicts, and SHAP values of these columns.
    /// Columns that the pipeline overwrites in place (normalised, one-hot encoded) keep their raw values. Each row is checked:
    /// base value and values sum to what the model says.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="model">
    /// The pipeline, as <c>Fit</c> or <c>Model.Load</c> gives it: chains within chains, and whatever comes behind the model, are seen
    /// through. It belongs to the caller, and must live as long.
    /// </param>
    /// <param name="columnName">
    /// The name of the column of SHAP values; base values are in the column of this name with Base behind it, and the explained class, of
    /// several, in that with Class.
    /// </param>
    /// <param name="options">
    /// What is explained and how; null for raw scores, of several classes that of the class that the row got.
    /// </param>
    /// <example>
    /// <code>
    /// var explained = mlContext.Transforms.Explain(model).Fit(training).Transform(unseen);
    /// ShapReport.Of(mlContext.Data.ReadShapValues(explained)).Save("report.html");
    /// </code>
    /// </example>
    public static ExplainedPredictionsEstimator Explain(
        this TransformsCatalog catalog, ITransformer model, string columnName = "Shap", ShapOptions? options = null) =>
        new(catalog, model, columnName, options ?? new ShapOptions());

    /// <summary>
    /// SHAP values of a model in a file: trees of XGBoost (JSON, UBJSON), LightGBM (text) or ONNX, exactly; an ONNX network by coalitions,
    /// DeepLIFT or expected gradients against background rows.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">
    /// The name of the column: a vector with a value for each slot of the input column; of several classes a block for each.
    /// </param>
    /// <param name="inputColumnName">The explained column: the features of trees, or what feeds the network's floating-point input.</param>
    /// <param name="modelFile">The file.</param>
    /// <param name="options">What is explained and how, further columns; null for raw scores of all classes.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="Introspection.Onnx.InvalidModelException">The file is damaged, or of no kind that is known.</exception>
    /// <exception cref="ArgumentException">Options contradict each other or the model.</exception>
    /// <example>
    /// <code>
    /// mlContext.Transforms.Shap("Shap", "Features", "model.json", new ShapOptions { Background = training, Output =
    /// TreeShapOutput.Prediction });
    /// </code>
    /// </example>
    public static ShapEstimator Shap(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, ShapOptions? options = null) =>
        new(catalog, outputColumnName, options ?? new ShapOptions(),
            () => ShapSource.Open(outputColumnName, inputColumnName, modelFile, options ?? new ShapOptions()));

    /// <summary>Reads what <c>Explain(model)</c> has made, for pictures and reports, or rankings.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="explained">The data.</param>
    /// <param name="columnName">The column of SHAP values.</param>
    /// <param name="options">
    /// What else is read of the rows; where it does not say, the explained class and the model's score are found by their names.
    /// </param>
    /// <returns>
    /// The values of each output; where each row explains its own class, all rows together (<see cref="ShapValues.RowOutputs"/>), then the
    /// rows of each class.
    /// </returns>
    /// <inheritdoc cref="ReadShapValues(DataOperationsCatalog, IDataView, string, string, ShapValuesOptions?)" path="/exception"/>
    public static IReadOnlyList<ShapValues> ReadShapValues(
        this DataOperationsCatalog catalog, IDataView explained, string columnName = "Shap", ShapValuesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(explained);
        options ??= new();
        string? Present(string name) => explained.Schema.GetColumnOrNull(name) is null ? null : name;
        return catalog.ReadShapValues(explained, columnName, $"{columnName}Base", options with
        {
            TargetColumnName = options.TargetColumnName ?? Present($"{columnName}Class"),
            ScoreColumnName = options.ScoreColumnName ?? Present(Introspection.Estimators.Pipelines.ScoreReader.Score),
        });
    }

    /// <summary>
    /// Reads SHAP columns, those of loaded pipelines included, for pictures and reports (<c>ShapReport.Of(values).Save("report.html")</c>)
    /// or rankings.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="explained">The data.</param>
    /// <param name="valuesColumnName">The column of SHAP values, with a block for each output.</param>
    /// <param name="baseValueColumnName">The column of base values, one for each output; the same in all rows.</param>
    /// <param name="options">Which columns tell more about the rows; null for what the features' names find.</param>
    /// <returns>
    /// The values of each output; where each row explains its own class, all rows together (<see cref="ShapValues.RowOutputs"/>), then the
    /// rows of each class.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A column is missing or does not fit, there is no row, or rows are explained against different backgrounds.
    /// </exception>
    /// <example>
    /// <code>
    /// var values = mlContext.Data.ReadShapValues(explained, "Shap", "Base", new() { FeatureColumnName = "Features", LabelColumnName =
    /// "Label" }); ShapReport.Of(values).Save("report.html");
    /// </code>
    /// </example>
    public static IReadOnlyList<ShapValues> ReadShapValues(
        this DataOperationsCatalog catalog, IDataView explained, string valuesColumnName, string baseValueColumnName,
        ShapValuesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(explained);
        ArgumentException.ThrowIfNullOrEmpty(valuesColumnName);
        ArgumentException.ThrowIfNullOrEmpty(baseValueColumnName);
        return new ShapReader(explained, valuesColumnName, baseValueColumnName, options ?? new()).Read();
    }
}
