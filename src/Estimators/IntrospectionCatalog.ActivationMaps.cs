using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML;

// Maps of where a convolutional network found what speaks for the score.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// CAM: the feature maps weighted by the dense layer behind their global average pooling. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Zhou, Khosla, Lapedriza, Oliva, Torralba 2015, arXiv:1512.04150.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<Cam> Cam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new Cam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// CAM: the feature maps weighted by the dense layer behind their global average pooling. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Zhou, Khosla, Lapedriza, Oliva, Torralba 2015, arXiv:1512.04150.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<Cam> Cam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Cam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Grad-CAM: the feature maps weighted by the mean of their gradient. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Selvaraju et al. 2017, arXiv:1610.02391.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<GradCam> GradCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new GradCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Grad-CAM: the feature maps weighted by the mean of their gradient. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Selvaraju et al. 2017, arXiv:1610.02391.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<GradCam> GradCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, GradCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Grad-CAM++: Grad-CAM that counts several objects alike. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Chattopadhay, Sarkar, Howlader, Balasubramanian 2018, arXiv:1710.11063.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<GradCamPlusPlus> GradCamPlusPlus(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new GradCamPlusPlus(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Grad-CAM++: Grad-CAM that counts several objects alike. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Chattopadhay, Sarkar, Howlader, Balasubramanian 2018, arXiv:1710.11063.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<GradCamPlusPlus> GradCamPlusPlus(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, GradCamPlusPlus method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Score-CAM: the feature maps weighted by the score of the input masked with them; no gradients. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Wang et al. 2020, arXiv:1910.01279.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<ScoreCam> ScoreCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new ScoreCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Score-CAM: the feature maps weighted by the score of the input masked with them; no gradients. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Wang et al. 2020, arXiv:1910.01279.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<ScoreCam> ScoreCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, ScoreCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Layer-CAM: the feature maps weighted position by position by their positive gradient. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Jiang, Zhang, Hou, Cheng, Wei 2021, IEEE Transactions on Image Processing 30.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<LayerCam> LayerCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new LayerCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Layer-CAM: the feature maps weighted position by position by their positive gradient. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Jiang, Zhang, Hou, Cheng, Wei 2021, IEEE Transactions on Image Processing 30.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<LayerCam> LayerCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, LayerCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Eigen-CAM: the feature maps projected on their first principal component, whatever the score. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Muhammad, Yeasin 2020, arXiv:2008.00299.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<EigenCam> EigenCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new EigenCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Eigen-CAM: the feature maps projected on their first principal component, whatever the score. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Muhammad, Yeasin 2020, arXiv:2008.00299.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<EigenCam> EigenCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, EigenCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// XGrad-CAM: the feature maps weighted so that the map adds up as gradient times features does. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Fu et al. 2020, arXiv:2008.02312.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<XGradCam> XGradCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new XGradCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// XGrad-CAM: the feature maps weighted so that the map adds up as gradient times features does. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Fu et al. 2020, arXiv:2008.02312.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<XGradCam> XGradCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, XGradCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// HiResCAM: the feature maps times their gradient, position by position. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Draelos, Carin 2020, arXiv:2011.08891.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<HiResCam> HiResCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new HiResCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// HiResCAM: the feature maps times their gradient, position by position. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Draelos, Carin 2020, arXiv:2011.08891.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<HiResCam> HiResCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, HiResCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Ablation-CAM: the feature maps weighted by the share of the score that is lost without them; no gradients. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Desai, Ramaswamy 2020, Winter Conference on Applications of Computer Vision.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<AblationCam> AblationCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new AblationCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Ablation-CAM: the feature maps weighted by the share of the score that is lost without them; no gradients. One map for all channels, with the input's extents unless it is not to be enlarged.
    /// Desai, Ramaswamy 2020, Winter Conference on Applications of Computer Vision.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<AblationCam> AblationCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, AblationCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);

    /// <summary>
    /// Guided Grad-CAM: guided backpropagation times the enlarged Grad-CAM map. Selvaraju et al. 2017, arXiv:1610.02391.
    /// </summary>
    /// <inheritdoc cref="Saliency(TransformsCatalog, string, string, string, Target?, SaliencyForm)" path="/*[self::param[@name != 'form'] or self::exception]"/>
    public static MethodEstimator<GuidedGradCam> GuidedGradCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, Target? target = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, new GuidedGradCam(), new AttributionOptions { Target = target ?? Target.ArgMax });

    /// <summary>
    /// Guided Grad-CAM: guided backpropagation times the enlarged Grad-CAM map. Selvaraju et al. 2017, arXiv:1610.02391.
    /// </summary>
    /// <inheritdoc cref="Attribution{TMethod}(TransformsCatalog, string, string, string, TMethod, AttributionOptions)" path="/*[self::param or self::exception]"/>
    public static MethodEstimator<GuidedGradCam> GuidedGradCam(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, GuidedGradCam method, AttributionOptions? options = null) =>
        catalog.Attribution(outputColumnName, inputColumnName, modelFile, method, options);
}
