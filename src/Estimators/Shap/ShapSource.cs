namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>The model that SHAP columns explain.</summary>
internal abstract class ShapSource
{
    /// <summary>Checks the columns that are read, as far as they are known before there is data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    public abstract void Check(SchemaShape schema);

    /// <summary>Prepares the values for data of a schema.</summary>
    /// <param name="catalog">The catalog that makes the form in which they are saved.</param>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="data">The data, from which covers and backgrounds are taken where none are given.</param>
    /// <param name="options">The options.</param>
    public abstract FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options);
}
