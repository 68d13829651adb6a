using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Some rows in memory: what the model sees of them, what is shown of them, and what is carried along.</summary>
internal sealed class RowBlock
{
    private readonly int _features;
    private readonly double[] _seen;
    private readonly double[] _shown;
    private float[] _singles = [];

    /// <summary>Makes room.</summary>
    /// <param name="capacity">How many rows there is room for.</param>
    /// <param name="features">The numbers in a row.</param>
    /// <param name="isChanged">Whether the model sees other numbers than stand in the file.</param>
    public RowBlock(int capacity, int features, bool isChanged)
    {
        (Capacity, _features) = (capacity, features);
        _seen = new double[checked(capacity * features)];
        _shown = isChanged ? new double[_seen.Length] : _seen;
        (Carried, Classes) = (new string[capacity][], new long[capacity]);
    }

    /// <summary>How many rows there is room for.</summary>
    public int Capacity { get; }

    /// <summary>How many rows there are.</summary>
    public int Count { get; set; }

    /// <summary>The number of the first row in its file, from 0.</summary>
    public long First { get; set; }

    /// <summary>For each row the cells that are carried along.</summary>
    public string[][] Carried { get; }

    /// <summary>For each row the class that the target's column tells.</summary>
    public long[] Classes { get; }

    /// <summary>What the model sees, shape [N, features].</summary>
    public ReadOnlySpan<double> Seen => _seen.AsSpan(0, Count * _features);

    /// <summary>What the model sees, in single precision.</summary>
    public ReadOnlyMemory<float> SeenSingles
    {
        get
        {
            if (_singles.Length < Count * _features)
                _singles = new float[_seen.Length];
            TensorPrimitives.ConvertTruncating(Seen, _singles);
            return _singles.AsMemory(0, Count * _features);
        }
    }

    /// <summary>Where to write what the model sees of a row; and where to read it.</summary>
    public Span<double> SeenRow(int row) => _seen.AsSpan(row * _features, _features);

    /// <summary>Where to write what stands in the file; the same as <see cref="SeenRow"/> where nothing is changed.</summary>
    public Span<double> ShownRow(int row) => _shown.AsSpan(row * _features, _features);
}
