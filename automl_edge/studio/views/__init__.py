"""The pages of the studio as Streamlit draws them; every decision is made elsewhere."""
