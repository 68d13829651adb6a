using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>
/// Compares gradients with differences of the function itself. The function is a weighted sum of all elements of a case's
/// outputs, the weights random; its gradient is the vector–Jacobian product with them. The gradients, weighted anew, are
/// then the function whose gradient, the second derivative, is compared in the same way.
/// </summary>
internal static class FiniteDifferences
{
    // Beyond this many elements of one operand, a random choice of them is moved.
    private const int MostElements = 160, MostElementsOfSecond = 40;

    /// <summary>The largest error of the gradient and of the second derivative, relative to the largest element of each operand.</summary>
    /// <exception cref="MissingKernelException">ONNX Runtime cannot compute the case in this precision.</exception>
    public static (double First, double Second) Errors(RuleCase rule, ElementType type)
    {
        var written = rule.Write(type);
        var values = written.Variables.Select(v => v.Value).ToList();
        var gradients = Gradient.Of(WeightedSum(written.Outputs, written.Random, out var weights), values);
        var seconds = Gradient.Of(WeightedSum(gradients, written.Random, out var secondWeights), values);
        foreach (var (value, derivative) in values.Concat(values).Zip(gradients.Concat(seconds)))
        {
            Assert.AreEqual(value.Type, derivative.Type, $"{rule}: the type of the derivative by {value.Name}");
            Assert.AreEqual(value.Shape, derivative.Shape, $"{rule}: the shape of the derivative by {value.Name}");
        }

        var step = rule.IsMultilinear ? 0.5 : type == ElementType.Double ? 1e-3 : 1.0 / 64;
        using var function = Function(rule, written);
        using var first = new Evaluation(rule, gradients, written.Variables);
        var firstError = Compare(rule, "gradient", function, weights, first, step, MostElements, written.Random);
        if (!rule.HasSecondDerivative)
            return (firstError, 0);
        using var second = new Evaluation(rule, seconds, written.Variables);
        return (firstError, Compare(rule, "second derivative", first, secondWeights, second, step, MostElementsOfSecond, written.Random));
    }

    private static Evaluation Function(RuleCase rule, WrittenCase written)
    {
        try
        {
            return new Evaluation(rule, written.Function, written.Variables);
        }
        catch (InvalidModelException e) when (e.Message.Contains("Could not find an implementation", StringComparison.Ordinal)
            || e.Message.Contains("Type 'tensor(double)' of input parameter", StringComparison.Ordinal)
            || e.Message.Contains("Type (tensor(double)) of output arg", StringComparison.Ordinal)
            || e.Message.Contains("bound to different types (tensor(double)", StringComparison.Ordinal))
        {
            throw new MissingKernelException(e.Message);
        }
    }

    private static Value WeightedSum(IReadOnlyList<Value> outputs, Random random, out double[][] weights)
    {
        weights = [.. outputs.Select(o => Enumerable.Range(0, (int)o.Shape.Size.Value).Select(_ => 0.5 + random.NextDouble()).ToArray())];
        return outputs.Zip(weights, (output, w) =>
        {
            var weighted = output * output.Graph.Constant(Operand.Convert(w, output.Type, output.Shape.ToArray()));
            return weighted.ReduceSum([.. Enumerable.Range(0, output.Rank).Select(i => (long)i)], keepDimensions: false);
        }).Aggregate((sum, next) => sum + next);
    }

    private static double Compare(
        RuleCase rule, string what, Evaluation function, double[][] weights, Evaluation derivative, double step, int most, Random random)
    {
        var worst = 0.0;
        var claimed = derivative.At(derivative.Origin);
        for (var variable = 0; variable < claimed.Length; variable++)
        {
            var elements = Enumerable.Range(0, claimed[variable].Length).ToArray();
            if (elements.Length > most)
                random.Shuffle(elements);
            var errors = elements.Take(most).Select(element =>
            {
                var (found, told) = (Slope(function, weights, variable, element, step), claimed[variable][element]);
                Assert.IsTrue(double.IsFinite(told), $"{rule}: element {element} of the {what} by operand {variable} is {told}.");
                return (Difference: Math.Abs(found - told), Size: Math.Abs(found));
            }).ToList();
            worst = Math.Max(worst, errors.Largest(e => e.Difference) / Math.Max(errors.Largest(e => e.Size), 0.25));
        }
        return worst;
    }

    // Central differences of the fourth order.
    private static double Slope(Evaluation function, double[][] weights, int variable, int element, double step)
    {
        double Difference(double distance)
        {
            var (ahead, behind) = (function.Moved(variable, element, distance), function.Moved(variable, element, -distance));
            // Element by element, so that what did not move cancels exactly.
            return ahead.Zip(behind, weights).Sum(o => o.First.Zip(o.Second, o.Third).Sum(e => (e.First - e.Second) * e.Third));
        }

        return (8 * Difference(step) - Difference(2 * step)) / (12 * step);
    }

    /// <summary>Some values of a graph as a function of its variables.</summary>
    private sealed class Evaluation : IDisposable
    {
        private readonly RuleCase _rule;
        private readonly IReadOnlyList<Value> _outputs;
        private readonly IReadOnlyList<Variable> _variables;
        private readonly ModelSession _session;

        public Evaluation(RuleCase rule, IReadOnlyList<Value> outputs, IReadOnlyList<Variable> variables)
        {
            (_rule, _outputs, _variables) = (rule, outputs, variables);
            Origin = [.. variables.Select(v => v.Numbers.ToDouble())];
            _session = GraphRunner.Load(outputs[0].Graph.ToModel(outputs.Select((o, i) => ($"output_{i}", o))));
        }

        public double[][] Origin { get; }

        public double[][] Moved(int variable, int element, double distance)
        {
            var place = (double[][])Origin.Clone();
            place[variable] = (double[])place[variable].Clone();
            place[variable][element] += distance;
            return At(place);
        }

        public double[][] At(double[][] place)
        {
            var results = Run(_variables.Zip(place).ToDictionary(
                v => v.First.Value.Name, v => Operand.Convert(v.Second, v.First.Value.Type, v.First.Value.Shape.ToArray())));
            return [.. _outputs.Select((output, i) =>
            {
                var result = results[$"output_{i}"];
                Assert.AreEqual(output.Shape, result.Shape, $"{_rule}: the shape told of {output.Name} and the one computed");
                return result.ToDouble();
            })];
        }

        private IReadOnlyDictionary<string, Tensor> Run(Dictionary<string, Tensor> feeds)
        {
            try
            {
                return _session.Run(feeds);
            }
            catch (InvalidOperationException e) when (e.Message.Contains("does not support double yet", StringComparison.Ordinal))
            {
                throw new MissingKernelException(e.Message);
            }
        }

        public void Dispose() => _session.Dispose();
    }
}

/// <summary>ONNX Runtime has no kernel for an operator in some precision.</summary>
internal sealed class MissingKernelException(string message) : Exception(message);
