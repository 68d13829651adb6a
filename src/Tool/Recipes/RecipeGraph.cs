using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>An input or output of a graph as a column of rows.</summary>
/// <param name="Name">The tensor's name, and the column's.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Row">The extents of a row; none of a single number, null where the file does not tell all of them.</param>
internal sealed record RecipeTensor(string Name, ElementType Type, IReadOnlyList<long>? Row)
{
    /// <summary>Whether a row has one number, which is no list.</summary>
    public bool IsSingle => Row is { } row && row.All(extent => extent == 1);
}

/// <summary>What a script has to know of a graph.</summary>
/// <param name="File">The name of the file, without its folder.</param>
/// <param name="Inputs">What it takes, row by row.</param>
/// <param name="Outputs">What it gives.</param>
internal sealed record RecipeGraph(string File, IReadOnlyList<RecipeTensor> Inputs, IReadOnlyList<RecipeTensor> Outputs)
{
    private static readonly ElementType[] Known =
        [ElementType.Float, ElementType.Double, ElementType.Int64, ElementType.Int32, ElementType.Bool];

    /// <summary>Reads a graph.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <exception cref="InvalidDataException">Rows cannot be given to it as columns of numbers.</exception>
    public static RecipeGraph Read(string path)
    {
        var model = OnnxModel.Load(path);
        if (model.Inputs.Count == 0 || model.Outputs.Count == 0)
            throw new InvalidDataException($"'{path}' has {model.Inputs.Count} inputs and {model.Outputs.Count} outputs; at least one of "
                + "each was expected.");
        return new(Path.GetFileName(path), [.. model.Inputs.Select(i => Of(path, i, mustBeKnown: true))],
            [.. model.Outputs.Select(o => Of(path, o, mustBeKnown: false))]);
    }

    private static RecipeTensor Of(string path, TensorInfo tensor, bool mustBeKnown)
    {
        var place = $"'{path}': '{tensor.Name}'";
        if (!Known.Contains(tensor.Type))
            throw new InvalidDataException($"{place} holds {tensor.Type}; one of {string.Join(", ", Known)} was expected, which columns "
                + "of tables have.");
        if (tensor.Shape is not { } shape)
            return !mustBeKnown ? new(tensor.Name, tensor.Type, null)
                : throw new InvalidDataException($"{place} has no shape; [N, …] with the extents of a row was expected.");
        if (shape.Rank == 0 || shape[0].IsKnown && shape[0].Value != 1 && mustBeKnown)
            throw new InvalidDataException($"{place} has the shape {shape}; an open first axis, for any number of rows, was expected.");
        long[]? row = shape.Skip(1).All(d => d.IsKnown) ? [.. shape.Skip(1).Select(d => d.Value)] : null;
        return row is not null || !mustBeKnown ? new(tensor.Name, tensor.Type, row)
            : throw new InvalidDataException($"{place} has the shape {shape}; the extents of a row were expected to be known. Compile the "
                + "explanation for rows of one length.");
    }
}
