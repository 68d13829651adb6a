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

    /// <summary>Two classes, whose scores are one decision value and its opposite.</summary>
    public static void Classifier(LearnerSite site)
    {
        var labels = LinearLearners.Labels(site);
        if (labels.Count != 2)
            throw site.Unsupported($"votes between the pairs of {labels.Count} classes, and votes have no gradient; two classes can be "
                + "explained. Explain it as a black box, or export one machine a class.");
        if (site.Attributes.Floats("prob_a") is { Length: > 0 })
            throw site.Unsupported("makes probabilities of its decision values by a fit of its own (prob_a, prob_b), which is not written "
                + "out. Export it without probabilities, or explain it as a black box.");
        var supports = site.Attributes.Ints("vectors_per_class") ?? [];
        if (Array.Exists(supports, s => s is < 0 or > int.MaxValue))
            throw site.Invalid($"has {string.Join(" and ", supports)} support vectors of its classes.");
        var score = Sum(site, supports.Sum());
        // The first class wins where the decision value is above zero.
        ClassifierEnds.GiveLabelBySign(site, score, [labels[1], labels[0]]);
        site.Give(1, LinearLearners.Both(site, site.Emit("Neg", [score]), score));
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
        var numbers = site.Floats("support_vectors");
        if (numbers.Length % vectors != 0)
            throw site.Invalid($"has {vectors} support vectors of together {numbers.Length} numbers.");
        var kernels = Kernels(site, numbers, coefficients.Length, numbers.Length / coefficients.Length);
        return Shifted(site.Emit("MatMul", [kernels, site.Constant(coefficients, vectors, 1)]));

        string Shifted(string sum) => site.Emit("Add", [sum, site.Constant([offset], 1)]);
    }

    // [N, vectors]
    private static string Kernels(LearnerSite site, float[] vectors, int count, int features)
    {
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
