namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A folder with a small network for photographs and some pictures, <c>resnet.onnx</c> and <c>photographs/</c>.</summary>
public class InPictureFolder : InModelFolder
{
    protected MLContext mlContext { get; } = new(seed: 1);

    public override void Enter()
    {
        base.Enter();
        Directory.CreateDirectory("photographs");
        foreach (var name in (string[])["hills.png", "wide.png", "turned.jpg"])
            File.Copy(Repository.At($"samples/Pictures/{name}"), Path.Combine("photographs", name));
    }
}

/// <summary>The same with a pipeline that was fitted to the pictures, as people have it.</summary>
public class PicturePipeline : InPictureFolder
{
    protected IDataView photographs => mlContext.Data.LoadFromEnumerable(Directory.GetFiles("photographs").Order()
        .Select(file => new Photograph { ImagePath = file }));

    protected ITransformer model => mlContext.Transforms.LoadImages("Image", "", nameof(Photograph.ImagePath))
        .Append(mlContext.Transforms.ResizeImages("Image", 32, 32))
        .Append(mlContext.Transforms.ExtractPixels("input", "Image", scaleImage: 1 / 255f))
        .Append(mlContext.Transforms.ApplyOnnxModel("logits", "input", "resnet.onnx")).Fit(photographs);

    public sealed class Photograph
    {
        public string ImagePath { get; set; } = "";
    }
}
