namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>Linear models: a product with coefficients, intercepts, and what is made of the scores.</summary>
internal static class LinearLearners
{
    public static void Regressor(LearnerSite site) =>
        site.Give(0, Transformed(site, Scores(site, site.Attributes.Int("targets", 1))));

    public static void Classifier(LearnerSite site)
    {
        var labels = Labels(site);
        var rows = (site.Attributes.Floats("intercepts") ?? []).Length is > 0 and var many ? many : 1;
        var scores = Scores(site, rows);
        if (rows == 1 && labels.Count == 2)
        {
            ClassifierEnds.GiveLabelBySign(site, scores, labels);
            var score = Transformed(site, scores);
            site.Give(1, Both(site, site.Emit("Sub", [site.Constant([1], 1), score]), score));
            return;
        }
        if (rows != labels.Count)
            throw site.Invalid($"has {labels.Count} classes and scores for {rows}.");
        ClassifierEnds.GiveLabel(site, scores, labels);
        site.Give(1, Transformed(site, scores));
    }

    internal static IReadOnlyList<long> Labels(LearnerSite site) =>
        site.Attributes.Ints("classlabels_ints") is { Length: > 0 } numbers ? numbers
        : site.Attributes.Texts("classlabels_strings") is { Length: > 0 } texts ? [.. texts.Select((_, i) => (long)i)]
        : throw site.Invalid("has no classes ('classlabels_ints' or 'classlabels_strings').");

    internal static string Both(LearnerSite site, string first, string second) => site.Emit("Concat", [first, second], ("axis", -1L));

    /// <summary>Scores as the attribute <c>post_transform</c> wants them.</summary>
    internal static string Transformed(LearnerSite site, string scores)
    {
        switch (site.Attributes.Text("post_transform", "NONE"))
        {
            case "NONE":
                return scores;
            case "LOGISTIC":
                return site.Emit("Sigmoid", [scores]);
            case "SOFTMAX":
                return site.Emit("Softmax", [scores], ("axis", -1L));
            case "SOFTMAX_ZERO":
                // Scores of nearly zero take no part.
                var some = site.Emit("Greater", [site.Emit("Abs", [scores]), site.Constant([1e-7f], 1)]);
                var last = site.Constant(Tensor.Vector(-1L));
                var below = site.Emit("Sub", [scores, site.Emit("ReduceMax", [scores, last], ("keepdims", 1L))]);
                var powers = site.Emit("Mul", [site.Emit("Exp", [below]), site.Emit("Cast", [some], ("to", (long)ElementType.Float))]);
                return site.Emit("Div", [powers, site.Emit("ReduceSum", [powers, last], ("keepdims", 1L))]);
            case var other:
                throw site.Unsupported($"makes '{other}' of its scores; NONE, LOGISTIC, SOFTMAX and SOFTMAX_ZERO can be explained.");
        }
    }

    private static string Scores(LearnerSite site, long rows)
    {
        var coefficients = site.Floats("coefficients");
        if (rows < 1 || coefficients.Length % rows != 0)
            throw site.Invalid($"has {coefficients.Length} coefficients for {rows} scores.");
        var intercepts = site.Attributes.Floats("intercepts") ?? [];
        if (intercepts.Length != 0 && intercepts.Length != rows)
            throw site.Invalid($"has {intercepts.Length} intercepts for {rows} scores.");
        var features = coefficients.Length / rows;
        if (site.ShapeOf(0) is { Rank: > 0 } shape && shape[-1].IsKnown && shape[-1].Value != features)
            throw site.Invalid($"has {features} coefficients for a score, and rows of {shape[-1]} numbers.");
        var product = site.Emit("MatMul", [site.Numbers(0), site.Transposed(coefficients, rows, features)]);
        return intercepts.Length == 0 ? product : site.Emit("Add", [product, site.Constant(intercepts, rows)]);
    }
}
