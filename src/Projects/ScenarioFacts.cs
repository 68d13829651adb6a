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
        ProjectScenario.ImageClassification => "Images are explained by the network in the model's file: say 'introspect explain MODEL "
            + "--images FOLDER --method grad-cam --output RESULTS'.",
        ProjectScenario.ObjectDetection => "A detector gives boxes, as many as there are things in a picture, and its file holds weights "
            + "without a network. Images are explained where the network is a file of its own: export it to ONNX and say 'introspect "
            + "explain MODEL.onnx --images FOLDER'.",
        ProjectScenario.TextClassification or ProjectScenario.SentenceSimilarity => "Texts are explained by the network in the model's "
            + "file: say 'introspect explain MODEL --text TEXT --tokenizer dict.txt --method integrated-gradients', with the tokenizer "
            + "that ML.NET carries (dict.txt, encoder.json, vocab.bpe of RoBERTa); or train the project as data classification, whose "
            + "FeaturizeText is explained.",
        ProjectScenario.QuestionAnswering or ProjectScenario.NamedEntityRecognition => "Texts are explained where the network is a file of "
            + "its own: export it to ONNX and say 'introspect explain MODEL.onnx --texts FILE --tokenizer FILE'; or train the project as "
            + "data classification, whose FeaturizeText is explained.",
        _ => null,
    };
}
