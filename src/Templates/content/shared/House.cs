using Microsoft.ML.Data;

namespace Introspected;

/// <summary>A row: the columns that the model reads. Write yours here.</summary>
public sealed class House
{
    [LoadColumn(0)]
    public string District { get; set; } = "";

    [LoadColumn(1)]
    public float Area { get; set; }

    [LoadColumn(2)]
    public float Rooms { get; set; }

    [LoadColumn(3)]
    public float YearBuilt { get; set; }

    /// <summary>What is predicted; leave it out where it is not known.</summary>
    [LoadColumn(4)]
    public float Price { get; set; }
}
