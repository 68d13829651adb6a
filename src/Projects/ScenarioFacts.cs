namespace Microsoft.ML.Introspection.Projects;

/// <summary>What can be done with each scenario.</summary>
public static class ScenarioFacts
{
    /// <summary>Why projects of a scenario are not explained by their columns, and what may be done; null where they are.</summary>
    public static string? WhyNot(ProjectScenario scenario) => scenario switch
    {
        ProjectScenario.Recommendation => "A recommendation multiplies what was learnt of a user and of an item; neither is a feature "
            + "that could be shared out, so that there is nothing to explain by columns.",
        ProjectScenario.Forecasting => "A forecast goes on from a whole series; its rows have no features that could be shared out.",
        ProjectScenario.ImageClassification or ProjectScenario.ObjectDetection => "Images are explained where the network is a file of its "
            + "own: export it to ONNX and say 'introspect explain MODEL.onnx --images FOLDER'.",
        ProjectScenario.TextClassification or ProjectScenario.SentenceSimilarity or ProjectScenario.QuestionAnswering
            or ProjectScenario.NamedEntityRecognition => "Texts are explained where the network is a file of its own: export it to ONNX "
            + "and say 'introspect explain MODEL.onnx --texts FILE --tokenizer FILE'; or train the project as data classification, whose "
            + "FeaturizeText is explained.",
        _ => null,
    };
}
