using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>
/// Path-dependent values by the algorithm that everybody has: a recursive walk that keeps, for every size of coalition, how many of them
/// reach a node, and unwinds it feature by feature at each leaf; quadratic in the depth. Lundberg et al. 2018, algorithm 2; one row, one
/// thread.
/// </summary>
internal sealed class ClassicTreeShap(TreeEnsemble ensemble)
{
    private struct Element
    {
        public int Feature;
        public double Zero;
        public double One;
        public double Weight;
    }

    private readonly Element[] _path = new Element[(ensemble.Depth + 2) * (ensemble.Depth + 3)];
    private readonly double[] _row = new double[ensemble.FeatureCount];

    public void Values(ReadOnlySpan<float> row, Span<double> values)
    {
        values.Clear();
        for (var i = 0; i < row.Length; i++)
            _row[i] = row[i];
        foreach (var tree in ensemble.Trees)
            Visit(tree, 0, _path, 0, 1, 1, -1, values[(tree.Output * row.Length)..]);
    }

    // The path before the node lies at the start of the memory; the node's own is written behind it.
    private void Visit(Tree tree, int at, Span<Element> memory, int length, double zero, double one, int feature, Span<double> values)
    {
        var path = memory[length..];
        memory[..length].CopyTo(path);
        Extend(path, length++, zero, one, feature);
        ref readonly var node = ref tree.Nodes[at];
        if (node.IsLeaf)
        {
            for (var i = 1; i < length; i++)
                values[path[i].Feature] += UnwoundSum(path, length, i) * (path[i].One - path[i].Zero) * node.Value;
            return;
        }
        var left = tree.GoesLeft(node, _row[node.Feature]);
        var (hot, cold) = left ? (node.Left, node.Right) : (node.Right, node.Left);
        var (zeroBefore, oneBefore) = (1.0, 1.0);
        for (var i = 1; i < length; i++)
        {
            if (path[i].Feature != node.Feature)
                continue;
            (zeroBefore, oneBefore) = (path[i].Zero, path[i].One);
            Unwind(path, length--, i);
            break;
        }
        Visit(tree, hot, path, length, zeroBefore * tree.Nodes[hot].Cover / node.Cover, oneBefore, node.Feature, values);
        Visit(tree, cold, path, length, zeroBefore * tree.Nodes[cold].Cover / node.Cover, 0, node.Feature, values);
    }

    private static void Extend(Span<Element> path, int length, double zero, double one, int feature)
    {
        path[length] = new Element { Feature = feature, Zero = zero, One = one, Weight = length == 0 ? 1 : 0 };
        for (var i = length - 1; i >= 0; i--)
        {
            path[i + 1].Weight += one * path[i].Weight * (i + 1) / (length + 1);
            path[i].Weight = zero * path[i].Weight * (length - i) / (length + 1);
        }
    }

    private static void Unwind(Span<Element> path, int length, int index)
    {
        var (one, zero, next) = (path[index].One, path[index].Zero, path[length - 1].Weight);
        for (var i = length - 2; i >= 0; i--)
        {
            if (one != 0)
            {
                var weight = path[i].Weight;
                path[i].Weight = next * length / ((i + 1) * one);
                next = weight - path[i].Weight * zero * (length - 1 - i) / length;
            }
            else
            {
                path[i].Weight = path[i].Weight * length / (zero * (length - 1 - i));
            }
        }
        for (var i = index; i < length - 1; i++)
            (path[i].Feature, path[i].Zero, path[i].One) = (path[i + 1].Feature, path[i + 1].Zero, path[i + 1].One);
    }

    private static double UnwoundSum(ReadOnlySpan<Element> path, int length, int index)
    {
        var (one, zero, next, total) = (path[index].One, path[index].Zero, path[length - 1].Weight, 0.0);
        for (var i = length - 2; i >= 0; i--)
        {
            if (one != 0)
            {
                var weight = next * length / ((i + 1) * one);
                total += weight;
                next = path[i].Weight - weight * zero * (length - 1 - i) / length;
            }
            else
            {
                total += path[i].Weight / (zero * (length - 1 - i) / length);
            }
        }
        return total;
    }
}
