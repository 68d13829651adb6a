using System.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Many products of step functions, evaluated at once.</summary>
/// <param name="products">The products.</param>
/// <param name="features">The length of a row.</param>
internal sealed class StepTable(IReadOnlyList<StepProduct> products, int features)
{
    private static readonly Step Nothing = new(0, false, float.NaN, 0);

    /// <summary>What steps are compared with: every feature, and every feature's negative.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <returns>Shape [2·features, N].</returns>
    public static Value Ordinates(Value rows) => Operators.Concat(1, rows, -rows).Transpose(1, 0);

    /// <summary>The products' values.</summary>
    /// <param name="ordinates">See <see cref="Ordinates"/>.</param>
    /// <param name="type">The type of the result.</param>
    /// <returns>Shape [N, products].</returns>
    public Value Evaluate(Value ordinates, ElementType type) => Together(
        "mul", [.. products.Select(p => p.Factors)], StepFunction.One,
        factors => Functions(ordinates, type, factors), all => all.ReduceProduct([1], keepDimensions: false));

    private Value Functions(Value ordinates, ElementType type, StepFunction[] functions) => Together(
        "add", Array.ConvertAll(functions, f => f.Steps), Nothing,
        steps => Stairs(ordinates, type, steps), all => all.ReduceSum([1], keepDimensions: false))
        + Constant(ordinates, type, Array.ConvertAll(functions, f => f.Missing));

    // What lists of parts come to. Most lists have a single part. The others' further ones, in portions of like number, are put together
    // and taken to where they belong.
    private static Value Together<T>(string reduction, T[][] lists, T neutral, Func<T[], Value> values, Func<Value, Value> reduce)
    {
        var first = values(Array.ConvertAll(lists, l => l.Length > 0 ? l[0] : neutral));
        var portions = Enumerable.Range(0, lists.Length)
            .Where(i => lists[i].Length > 1)
            .GroupBy(i => (int)BitOperations.RoundUpToPowerOf2((uint)lists[i].Length - 1))
            .OrderBy(g => g.Key)
            .Select(g => (Parts: g.Key, Lists: g.ToArray()))
            .ToList();
        if (portions.Count == 0)
            return first;
        var further = Operators.Concat(1, [.. portions.Select(p => Further(p.Parts, p.Lists))]);
        long[] places = [.. portions.SelectMany(p => p.Lists, (_, i) => (long)i)];
        return Operators.Emit(
            "ScatterND", Attributes.Of(("reduction", reduction)),
            first.Transpose(1, 0), first.Graph.Constant(Tensor.From(places, places.Length, 1)), further.Transpose(1, 0)).Transpose(1, 0);

        Value Further(int parts, int[] which)
        {
            var all = new T[parts * which.Length];
            for (var part = 0; part < parts; part++)
                for (var i = 0; i < which.Length; i++)
                    all[part * which.Length + i] = lists[which[i]] is var list && part + 1 < list.Length ? list[part + 1] : neutral;
            return parts == 1 ? values(all) : reduce(values(all).Reshape(-1, parts, which.Length));
        }
    }

    private Value Stairs(Value ordinates, ElementType type, Step[] steps)
    {
        var graph = ordinates.Graph;
        var places = graph.Constant(Tensor.Vector<int>(Array.ConvertAll(steps, s => s.Falling ? features + s.Feature : s.Feature)));
        var froms = graph.Constant(Tensor.Vector<float>(Array.ConvertAll(steps, s => s.From)));
        return ordinates.Gather(places).Transpose(1, 0).GreaterOrEqual(froms).AsNumber(type)
            * Constant(ordinates, type, Array.ConvertAll(steps, s => s.Height));
    }

    private static Value Constant(Value like, ElementType type, double[] elements) =>
        like.Graph.Constant(Tensor.FromDoubles(type, elements, elements.Length));
}
