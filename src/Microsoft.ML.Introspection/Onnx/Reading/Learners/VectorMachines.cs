namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>Support vector machines: sums of kernels between the row and the vectors of the model (Cortes and Vapnik 1995).</summary>
internal static class VectorMachines
{
    public static void Regressor(LearnerSite site)
    {
        var score = Sum(site, site.Attributes.Int("n_supports"));
        if (site.Attributes.Text("post_transform", "NONE") is not "NONE" and var other)
            throw site.Unsupported($"makes '{other}' of its score; only NONE can be explained.");
        if (site.Attributes.Int("one_class") == 0)
        {
            site.Give(0, score);
            return;
        }
        var isInside = site.Emit("Greater", [score, site.Constant([0], 1)]);
        site.Give(0, site.Emit("Where", [isInside, site.Constant([1], 1), site.Constant([-1], 1)]));
    }

    /// <summary>
    /// One decision value for each pair of classes, over the vectors of both, which are the scores; of two classes the value and its
    /// opposite. The label goes to the class that wins most pairs. Without vectors, one linear score a class.
    /// </summary>
    public static void Classifier(LearnerSite site)
    {
        var labels = LinearLearners.Labels(site);
        if (labels.Count < 2)
            throw site.Invalid($"has {labels.Count} classes.");
        if (site.Attributes.Floats("prob_a") is { Length: > 0 })
            throw site.Unsupported("makes probabilities of its decision values by a fit of its own (prob_a, prob_b), which is not written "
                + "out. Export it without probabilities, or explain it as a black box.");
        var supports = site.Attributes.Ints("vectors_per_class") ?? [];
        if (Array.Exists(supports, s => s is < 0 or > int.MaxValue))
            throw site.Invalid($"has {string.Join(" and ", supports)} support vectors of its classes.");
        if (supports.Sum() == 0)
            GiveLinear(site, labels);
        else if (supports.Length != labels.Count)
            throw site.Invalid($"has support vectors of {supports.Length} classes, and {labels.Count} labels.");
        else if (labels.Count > 2)
            GivePairs(site, labels, supports);
        else if (site.Attributes.Text("post_transform", "NONE") is not "NONE" and var other)
            throw site.Unsupported($"makes '{other}' of the decision value of two classes; only NONE can be explained.");
        else
        {
            var score = Sum(site, supports.Sum());
            // The first class wins where the decision value is above zero.
            ClassifierEnds.GiveLabelBySign(site, score, [labels[1], labels[0]]);
            site.Give(1, LinearLearners.Both(site, site.Emit("Neg", [score]), score));
        }
    }

    private static void GiveLinear(LearnerSite site, IReadOnlyList<long> labels)
    {
        var (coefficients, classes) = (site.Floats("coefficients"), labels.Count);
        if (coefficients.Length % classes != 0)
            throw site.Invalid($"has {coefficients.Length} coefficients for {classes} classes.");
        if (classes == 2)
            throw site.Unsupported("is linear without support vectors, of two classes; write it as a LinearClassifier.");
        var product = site.Emit("MatMul", [site.Numbers(0), site.Transposed(coefficients, classes, coefficients.Length / classes)]);
        var scores = site.Emit("Add", [product, site.Constant([site.Floats("rho")[0]], 1)]);
        ClassifierEnds.GiveLabel(site, scores, labels);
        site.Give(1, LinearLearners.Transformed(site, scores));
    }

    // A class has coefficients for each other one: vectors of i meet the pair (i, j) by row j − 1, those of j by row i.
    private static void GivePairs(LearnerSite site, IReadOnlyList<long> labels, long[] supports)
    {
        var (classes, vectors) = (labels.Count, (int)supports.Sum());
        var pairs = classes * (classes - 1) / 2;
        var (coefficients, offsets) = (site.Floats("coefficients"), site.Floats("rho"));
        if (coefficients.Length != (classes - 1L) * vectors || offsets.Length != pairs)
            throw site.Invalid($"has {vectors} support vectors of {classes} classes, {coefficients.Length} coefficients and "
                + $"{offsets.Length} offsets; {(classes - 1L) * vectors} and {pairs} were expected.");
        var of = new float[checked(vectors * pairs)];
        var (first, second) = (new float[pairs * classes], new float[classes]);
        int[] starts = [0, .. supports.Select((_, k) => (int)supports[..(k + 1)].Sum())];
        for (var (i, pair) = (0, 0); i < classes; i++)
        {
            for (var j = i + 1; j < classes; j++, pair++)
            {
                for (var v = starts[i]; v < starts[i + 1]; v++)
                    of[v * pairs + pair] = coefficients[(j - 1) * vectors + v];
                for (var v = starts[j]; v < starts[j + 1]; v++)
                    of[v * pairs + pair] = coefficients[i * vectors + v];
                (first[pair * classes + i], first[pair * classes + j]) = (1, -1);
                second[j]++;
            }
        }
        var scores = site.Emit("Add", [site.Emit("MatMul", [Kernels(site, vectors), site.Constant(of, vectors, pairs)]),
            site.Constant(offsets, pairs)]);
        if (site.Gives(0))
        {
            // Of the votes of the second of each pair, those go to the first whose value is above zero.
            var won = site.Emit("Cast", [site.Emit("Greater", [scores, site.Constant([0], 1)])], ("to", (long)ElementType.Float));
            ClassifierEnds.GiveLabel(site, site.Emit("Add", [site.Emit("MatMul", [won, site.Constant(first, pairs, classes)]),
                site.Constant(second, classes)]), labels);
        }
        site.Give(1, LinearLearners.Transformed(site, scores));
    }

    // Σᵢ cᵢ·K(x, vᵢ) + ρ, [N, 1]; without vectors the coefficients are those of a linear model.
    private static string Sum(LearnerSite site, long vectors)
    {
        var (coefficients, offset) = (site.Floats("coefficients"), site.Floats("rho")[0]);
        if (vectors < 0)
            throw site.Invalid($"has {vectors} support vectors.");
        if (vectors == 0)
            return Shifted(site.Emit("MatMul", [site.Numbers(0), site.Constant(coefficients, coefficients.Length, 1)]));
        if (coefficients.Length != vectors)
            throw site.Invalid($"has {vectors} support vectors and {coefficients.Length} coefficients.");
        return Shifted(site.Emit("MatMul", [Kernels(site, coefficients.Length), site.Constant(coefficients, vectors, 1)]));

        string Shifted(string sum) => site.Emit("Add", [sum, site.Constant([offset], 1)]);
    }

    // [N, vectors]
    private static string Kernels(LearnerSite site, int count)
    {
        var vectors = site.Floats("support_vectors");
        if (vectors.Length % count != 0)
            throw site.Invalid($"has {count} support vectors of together {vectors.Length} numbers.");
        var features = vectors.Length / count;
        var (x, kind) = (site.Numbers(0), site.Attributes.Text("kernel_type", "LINEAR"));
        var parameters = site.Attributes.Floats("kernel_params") is { Length: >= 3 } given ? given : [0, 0, 0];
        var (gamma, constant, degree) = (parameters[0], parameters[1], parameters[2]);
        if (kind == "RBF")
        {
            // exp(−γ·|x − v|²), over differences, which lose no digits where both are large.
            var column = site.Emit("Unsqueeze", [x, site.Constant(Tensor.Vector(-2L))]);
            var difference = site.Emit("Sub", [column, site.Constant(vectors, count, features)]);
            var squares = site.Emit("ReduceSumSquare", [difference, site.Constant(Tensor.Vector(-1L))], ("keepdims", 0L));
            return site.Emit("Exp", [site.Emit("Mul", [squares, site.Constant([-gamma], 1)])]);
        }
        var products = site.Emit("MatMul", [x, site.Transposed(vectors, count, features)]);
        return kind switch
        {
            "LINEAR" => products,
            "POLY" => site.Emit("Pow", [Affine(), site.Constant([degree], 1)]),
            "SIGMOID" => site.Emit("Tanh", [Affine()]),
            _ => throw site.Invalid($"has the kernel '{kind}'; LINEAR, POLY, RBF and SIGMOID are known."),
        };

        string Affine() => site.Emit("Add", [site.Emit("Mul", [products, site.Constant([gamma], 1)]), site.Constant([constant], 1)]);
    }
}
