using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>
/// What a block of code finds around it: its members are known there, and its files lie in the folder where it runs. Members are made when
/// they are asked for, so that a block which is only compiled costs nothing.
/// </summary>
public class Context : IDisposable
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly TemporaryFolder _folder = new();

    /// <summary>Files of the repository that the block finds in its folder, by the names that it calls them.</summary>
    protected virtual IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>();

    /// <summary>Goes to the folder.</summary>
    public virtual void Enter()
    {
        foreach (var (name, file) in Files)
            File.Copy(Repository.At(file), _folder[name]);
        Environment.CurrentDirectory = Path.GetDirectoryName(_folder["x"])!;
    }

    /// <summary>Goes back from the folder, and removes it.</summary>
    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A folder with the table of the tumours as <c>tumours.csv</c>.</summary>
public class InTumourFolder : Context
{
    protected override IReadOnlyDictionary<string, string> Files =>
        new Dictionary<string, string> { ["tumours.csv"] = "samples/Quickstart/data/breast_cancer_train.csv" };
}

/// <summary>A folder with a SavedModel of TensorFlow and a frozen graph, as <c>saved_model.zip</c> and <c>classifier.pb</c>.</summary>
public class InTensorFlowFolder : Context
{
    protected override IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>
    {
        ["saved_model.zip"] = "test/data/tensorflow/keras2_multi_io/saved_model.zip",
        ["classifier.pb"] = "test/data/tensorflow/tf1_cnn/frozen.pb",
    };
}

/// <summary>A folder with a network of digits and one of photographs, and trees of XGBoost, as <c>digits.onnx</c>, <c>resnet.onnx</c> and <c>model.json</c>.</summary>
public class InModelFolder : Context
{
    protected override IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>
    {
        ["digits.onnx"] = "test/data/models/cnn_digits_softmax.onnx",
        ["resnet.onnx"] = "test/data/models/resnet_tiny.onnx",
        ["model.json"] = "test/data/models/xgb_breast_cancer.json",
    };
}
