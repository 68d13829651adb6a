// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Trainers;

/// <summary>What a trainer has learnt. Nothing here can be made: the stand-in has no trainers.</summary>
public abstract class ModelParametersBase<TOutput> : ICanSaveModel
{
    private protected ModelParametersBase()
    {
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("The stand-in has no trained models.");
}
